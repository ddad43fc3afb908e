import { expect, it } from "vitest";
import { generateModel } from "../../test/generated-model.ts";
import { tensorIdentity } from "./tensor-identity.ts";

it("takes the model's word, and else the model itself with the tensor's name", () => {
  const model = { ...generateModel({}, { "a.weight": [2] }), identity: () => "i" };
  expect(tensorIdentity(model, "a.weight")).toBe("i a.weight");
  expect(tensorIdentity({ ...model, tensorIdentity: (name) => `t ${name}` }, "a.weight")).toBe("t a.weight");
});
