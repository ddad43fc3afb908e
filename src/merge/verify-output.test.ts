import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { floatTensor, writeCheckpoint } from "../../test/write-checkpoint.ts";
import type { Plan } from "../recipe/plan.ts";
import { verifyOutput } from "./verify-output.ts";

const EMBEDDING = "model.embed_tokens.weight";

/** A folder with an embedding of 2 rows, for so many tokens. */
function written(tokens: number): string {
  const folder = createTemporaryFolder();
  writeCheckpoint(folder, { model_type: "llama", vocab_size: tokens }, [floatTensor(EMBEDDING, [2, 1], [1, 2])]);
  return folder;
}

/** As much of a plan as is looked at. */
function planned(...tensors: readonly { name: string; shape: readonly number[] }[]): Plan {
  return { tensors: tensors.map((tensor) => ({ dtype: "F32", ...tensor })) } as unknown as Plan;
}

it("is content with what the plan says", () => {
  expect(() => verifyOutput(written(2), planned({ name: EMBEDDING, shape: [2, 1] }))).not.toThrow();
});

it.each([
  ["another shape", planned({ name: EMBEDDING, shape: [1, 2] }), 2, "[2,1]"],
  ["another tensor", planned({ name: "lm_head.weight", shape: [2, 1] }), 2, "lm_head.weight"],
  ["more tensors", planned(), 2, "1 tensors instead of 0"],
  ["fewer rows than tokens", planned({ name: EMBEDDING, shape: [2, 1] }), 3, "2 rows"],
])("finds %s", (_what, plan, tokens, told) => {
  const { what } = expectCode("merge/output_wrong", () => verifyOutput(written(tokens), plan));
  expect(what).toContain(told);
});
