import { join } from "node:path";
import { expect, it } from "vitest";
import { checkSimilarity } from "./similarity.ts";

it("kinship agrees with float64 on every recorded pair", async () => {
  const { passed, failures } = await checkSimilarity(join(import.meta.dirname, "data"));
  expect(failures).toEqual([]);
  expect(passed).toBe(74);
});
