import { expect, it } from "vitest";
import { describeReuse, reuseToJson } from "./describe-reuse.ts";

it("gives the shares of what was found, and is silent where nothing was looked for", () => {
  const nothing = { asked: 0, found: 0 };
  expect(describeReuse({ prompts: { asked: 300, found: 100 }, tensors: { asked: 10, found: 9 } })).toBe(
    "33 % of the layers of prompts, 90 % of the merged tensors' bytes",
  );
  expect(describeReuse({ prompts: { asked: 4, found: 0 }, tensors: nothing })).toBe("0 % of the layers of prompts");
  expect(describeReuse({ prompts: nothing, tensors: nothing })).toBeUndefined();
});

it("stands in result.json where something was looked for", () => {
  const nothing = { asked: 0, found: 0 };
  expect(reuseToJson({ prompts: nothing, tensors: { asked: 10, found: 9 } })).toEqual({
    cache: { prompts: { asked: 0, found: 0 }, tensor_bytes: { asked: 10, found: 9 } },
  });
  expect(reuseToJson({ prompts: nothing, tensors: nothing })).toEqual({});
});
