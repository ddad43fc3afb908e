import { Template } from "@huggingface/jinja";
import { describe, expect, it } from "vitest";
import { type HeaderChanges, llamaHeaders, openHeaders, tokenizerText } from "../../test/header-models.ts";
import { CHAT_TEMPLATES } from "./chat-templates.ts";
import { planRecipe } from "./plan-recipe.ts";

const TOKENIZER = tokenizerText([..."abcdefgh"]);
const model = (files: Readonly<Record<string, string>>, config: HeaderChanges["config"] = {}) =>
  llamaHeaders({ files: { "tokenizer.json": TOKENIZER, ...files }, config });
const config = (template: unknown) => ({
  "tokenizer_config.json": JSON.stringify({ bos_token: "a", chat_template: template }),
});

const MODELS = {
  plain: model({}, { eos_token_id: 1 }),
  one: model(config("{{ messages }} one"), { eos_token_id: 2 }),
  two: model(config([{ name: "default", template: "{{ messages }} two" }]), { eos_token_id: [1, 9] }),
  three: model({ "chat_template.jinja": "{{ messages }} two\n" }),
  seeing: model({ "preprocessor_config.json": "{}" }),
};

function planOf(models: readonly string[], more: string) {
  const list = models.map((name) => `{model: ${name}}`).join(", ");
  const text = `merge_method: linear\nparameters: {weight: 1}\nmodels: [${list}]\n${more}`;
  const { plan, problems } = planRecipe(text, "test.yaml", { openModel: openHeaders(MODELS) });
  expect(problems).toEqual([]);
  return plan!.sideTexts;
}

describe("chat templates", () => {
  it("stay the donor's when nothing is asked for", () =>
    expect(planOf(["one"], "").has("chat_template.jinja")).toBe(false));

  it("auto takes the most frequent one, wherever models keep theirs", () => {
    const texts = planOf(["one", "two", "three"], "chat_template: auto\n");
    expect(texts.get("chat_template.jinja")).toBe("{{ messages }} two");
  });

  it("move out of tokenizer_config.json, which stays as it is otherwise", () => {
    const texts = planOf(["one"], "chat_template: chatml\n");
    expect(texts.get("chat_template.jinja")).toBe(CHAT_TEMPLATES["chatml"]);
    expect(JSON.parse(texts.get("tokenizer_config.json")!)).toEqual({ bos_token: "a" });
  });

  it("may be written out", () => {
    const literal = "{% for m in messages %}{{ m.content }}{% endfor %}";
    expect(planOf(["plain"], `chat_template: "${literal}"\n`).get("chat_template.jinja")).toBe(literal);
  });

  it.each([
    ["chatml", "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyo<|im_end|>\n<|im_start|>assistant\n\n"],
    [
      "llama3",
      "<s><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nyo<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    ],
    ["mistral", "<s>[INST] hi [/INST] yo</s>"],
    ["alpaca", "### Instruction:\nhi\n\n### Response:\nyo\n\n### Response:\n"],
    ["exaone", "[|system|][|endofturn|]\n[|user|]hi\n[|assistant|]yo[|endofturn|]\n[|assistant|]"],
  ])("%s writes turns", (name, wanted) => {
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: "yo" },
    ];
    const values = { messages, bos_token: "<s>", eos_token: "</s>", add_generation_prompt: true };
    expect(new Template(CHAT_TEMPLATES[name]!).render(values).trimEnd()).toBe(wanted.trimEnd());
  });

  it("mistral puts the system message into the first turn, and refuses two turns of one speaker", () => {
    const render = (...roles: string[]) =>
      new Template(CHAT_TEMPLATES["mistral"]!).render({
        messages: roles.map((role) => ({ role, content: role })),
        bos_token: "",
        eos_token: "",
      });
    expect(render("system", "user")).toBe("[INST] system\n\nuser [/INST]");
    expect(() => render("user", "user")).toThrow(/turns/);
  });
});

describe("end tokens", () => {
  it("are those of all models", () => {
    const texts = planOf(["plain", "one", "two"], "");
    // Token 9 is beyond the donor's vocabulary of eight.
    expect(JSON.parse(texts.get("generation_config.json")!)).toEqual({ eos_token_id: [1, 2] });
  });

  it("are left alone where the donor's are all", () => {
    expect(planOf(["plain"], "").has("generation_config.json")).toBe(false);
  });
});

it("processors are taken from whatever model has them", () => {
  expect(planOf(["plain", "seeing"], "").get("preprocessor_config.json")).toBe("{}");
});
