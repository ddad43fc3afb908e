import { join } from "node:path";
import { expect, it } from "vitest";
import { runCli } from "../run-cli.ts";

const BASE = join(import.meta.dirname, "../../../zoo/models/base");

async function generate(...args: readonly string[]) {
  return generateUntil(new AbortController().signal, ...args);
}

async function generateUntil(signal: AbortSignal, ...args: readonly string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const exitCode = await runCli(["generate", BASE, "--max-tokens", "6", "--ignore-eos", "--json", ...args], {
    print: (line) => printed.push(line),
    note: (line) => noted.push(line),
    redraw: undefined,
    now: () => performance.now(),
    signal,
    cores: 1,
  });
  const result = JSON.parse(printed[0]!) as {
    readonly outputs: readonly { readonly text: string; readonly ids: readonly number[] }[];
    readonly error?: { readonly code: string };
  };
  return { exitCode, noted: noted.join("\n"), ...result };
}

it("draws the same texts for the same seed, another for each prompt, and greedy ones without settings", async () => {
  const hot = ["--prompt", "1+1=", "--prompt", "1+1=", "--temperature", "5", "--top-k", "200"];
  const [first, again, other] = [await generate(...hot), await generate(...hot), await generate(...hot, "--seed", "9")];
  expect(again).toEqual(first);
  expect(other.outputs).not.toEqual(first.outputs);
  expect(first.outputs[0]).not.toEqual(first.outputs[1]);
  const greedy = await generate("--prompt", "1+1=");
  expect(await generate("--prompt", "1+1=", "--top-k", "1")).toEqual(greedy);
  expect((await generate("--prompt", "1+1=", "--temperature", "0")).outputs).toEqual(greedy.outputs);
  expect(greedy.outputs[0]!.ids).toHaveLength(6);
});

it("ends texts when their time is over", async () => {
  expect((await generate("--prompt", "1+1=", "--time-limit", "0")).outputs).toEqual([{ text: "", ids: [] }]);
});

it("refuses a chat with a model that has no template, and settings that are no numbers", async () => {
  expect((await generate("--prompt", "Hello", "--chat")).error?.code).toBe("model/no_chat_template");
  expect((await generate("--prompt", "Hello", "--system", "Be kind.")).error?.code).toBe("cli/bad_usage");
  expect((await generate("--prompt", "Hello", "--temperature", "warm")).error?.code).toBe("cli/bad_number");
  expect((await generate("--prompt", "Hello", "--top-p", "1.5")).error?.code).toBe("engine/bad_sampling");
});

it("ends with its own code when it is stopped", async () => {
  const stopped = await generateUntil(AbortSignal.abort(), "--prompt", "1+1=");
  expect([stopped.exitCode, stopped.error?.code]).toEqual([130, "cli/stopped"]);
});
