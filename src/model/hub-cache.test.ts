import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expandHome, hubCacheFolder, isHubId } from "./hub-cache.ts";

describe("hubCacheFolder", () => {
  it.each([
    [{}, join(homedir(), ".cache/huggingface/hub")],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ HF_HOME: "/h", XDG_CACHE_HOME: "/x" }, "/h/hub"],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HOME: "/h" }, "/old"],
    [{ HF_HUB_CACHE: "/c", HUGGINGFACE_HUB_CACHE: "/old", HF_HOME: "/h" }, "/c"],
    [{ HF_HUB_CACHE: "", HF_HOME: "~/h" }, join(homedir(), "h/hub")],
  ])("follows %j to %s", (env, folder) => expect(hubCacheFolder(env)).toBe(folder));
});

it("expands ~ only where it stands for the home folder", () => {
  expect(expandHome("~")).toBe(homedir());
  expect(expandHome("~/a")).toBe(join(homedir(), "a"));
  expect(expandHome("~a")).toBe("~a");
  expect(expandHome("a/~")).toBe("a/~");
});

it.each([
  ["org/name", true],
  ["gpt2", true],
  ["Qwen/Qwen2.5-0.5B", true],
  ["a/b/c", false],
  ["../x", false],
  ["./x", false],
  ["/x", false],
  ["a/..", false],
  ["", false],
  ["a b", false],
])("takes %j for a hub id: %s", (text, expected) => expect(isHubId(text)).toBe(expected));
