import { join } from "node:path";
import { expect, it } from "vitest";
import { runCli } from "../run-cli.ts";

const BASE = join(import.meta.dirname, "../../../zoo/models/base");

it("serves until it is told to stop", async () => {
  const controller = new AbortController();
  const { promise: printed, resolve } = Promise.withResolvers<string>();
  const running = runCli(["serve", BASE, "--port", "0", "--name", "zoo", "--json"], {
    print: resolve,
    note: () => {},
    redraw: undefined,
    now: () => performance.now(),
    signal: controller.signal,
    cores: 1,
  });
  const { url, model } = JSON.parse(await printed) as { readonly url: string; readonly model: string };
  expect(model).toBe("zoo");
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  const body = JSON.stringify({ prompt: "1+1=", max_tokens: 4, temperature: 0, ignore_eos: true });
  const response = await fetch(`${url}/completions`, { method: "POST", body });
  expect(await response.json()).toMatchObject({ model: "zoo", usage: { completion_tokens: 4 } });
  controller.abort();
  expect(await running).toBe(0);
  await expect(fetch(`${url}/models`)).rejects.toThrow();
});
