import { describe, expect, it } from "vitest";
import { chooseHubFiles, type HubFile, parseHubListing } from "./hub-listing.ts";

const COMMIT = "0".repeat(40);
const file = (path: string): HubFile => ({ path, sizeBytes: 1, etag: "a".repeat(40), hash: "git" });
const choose = (...paths: readonly string[]): string[] => chooseHubFiles(paths.map(file)).map(({ path }) => path);

describe("parseHubListing", () => {
  it("takes the size and hash of large files from where they are", () => {
    const lfs = { sha256: "b".repeat(64), size: 9 };
    const siblings = [
      { rfilename: "a/b.json", size: 2, blobId: "c".repeat(40) },
      { rfilename: "m.safetensors", size: 130, blobId: "d".repeat(40), lfs },
    ];
    expect(parseHubListing({ sha: COMMIT, siblings }, "x").files).toEqual([
      { path: "a/b.json", sizeBytes: 2, etag: "c".repeat(40), hash: "git" },
      { path: "m.safetensors", sizeBytes: 9, etag: "b".repeat(64), hash: "sha256" },
    ]);
  });

  it.each(["../x", "/x", "a/../x", "a//x", ".x", "a\\x", ""])("leaves out a file named %j", (rfilename) => {
    expect(
      parseHubListing({ sha: COMMIT, siblings: [{ rfilename, size: 1, blobId: "c".repeat(40) }] }, "x").files,
    ).toEqual([]);
  });

  it("leaves out files without a proper size or hash", () => {
    const siblings = [
      { rfilename: "a", size: -1, blobId: "c".repeat(40) },
      { rfilename: "a", size: 1, blobId: "../c" },
      null,
    ];
    expect(parseHubListing({ sha: COMMIT, siblings }, "x").files).toEqual([]);
  });
});

describe("chooseHubFiles", () => {
  it("takes weights of one kind, safetensors first", () => {
    expect(choose("a.safetensors", "pytorch_model.bin", "b.safetensors")).toEqual(["a.safetensors", "b.safetensors"]);
    expect(choose("pytorch_model-00001-of-00002.bin", "training_args.bin", "x.gguf")).toEqual([
      "pytorch_model-00001-of-00002.bin",
    ]);
    expect(choose("consolidated.00.pth", "optimizer.pt")).toEqual(["consolidated.00.pth"]);
    expect(choose("x.gguf")).toEqual(["x.gguf"]);
    expect(choose("x.gguf", "y.gguf", "tf_model.h5")).toEqual([]);
  });

  it("takes configs, tokenizer, template and card, and no folders but one", () => {
    const wanted = [
      "config.json",
      "tokenizer.model",
      "merges.txt",
      "chat_template.jinja",
      "README.md",
      "1_Pooling/config.json",
    ];
    expect(choose(...wanted, "onnx/model.json", "image.png", "notes.txt", "original/params.json")).toEqual(wanted);
  });
});
