import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { openChatTemplate } from "./chat-template.ts";

const CHATML =
  "{% for m in messages %}{% if loop.first and m.role != 'system' %}<|im_start|>system\nBe kind.<|im_end|>\n{% endif %}" +
  "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] | trim + '<|im_end|>' + '\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
const ASKED = [{ role: "user", content: "What is 2+2?" }];

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = createTemporaryFolder();
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  return folder;
}

describe("openChatTemplate", () => {
  it("writes turns, and the beginning of an answer", () => {
    const template = openChatTemplate(folderWith({ "chat_template.jinja": CHATML }));
    expect(template.render(ASKED, true)).toBe(
      "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nWhat is 2+2?<|im_end|>\n<|im_start|>assistant\n",
    );
  });

  it("leaves the last message open where it goes on", () => {
    const template = openChatTemplate(folderWith({ "chat_template.jinja": CHATML }));
    const open = [...ASKED, { role: "assistant", content: "It is " }];
    expect(template.render(open, false)).toMatch(/<\|im_start\|>assistant\nIt is$/);
    const blind = openChatTemplate(folderWith({ "chat_template.jinja": "nothing" }));
    expectCode("model/bad_chat_template", () => blind.render(open, false));
  });

  it("takes the template and the special tokens of tokenizer_config.json", () => {
    const text = "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}";
    const tokens = { bos_token: "<s>", eos_token: { content: "</s>" } };
    const one = openChatTemplate(folderWith({ "tokenizer_config.json": { ...tokens, chat_template: text } }));
    expect(one.render(ASKED, true)).toBe("<s>What is 2+2?</s>");
    const chat_template = [
      { name: "tool_use", template: "no" },
      { name: "default", template: text },
    ];
    const several = openChatTemplate(folderWith({ "tokenizer_config.json": { ...tokens, chat_template } }));
    expect(several.render(ASKED, true)).toBe("<s>What is 2+2?</s>");
  });

  it("says that there is none, that it is not Jinja, or what it refuses", () => {
    expectCode("model/no_chat_template", () => openChatTemplate(folderWith({})));
    expectCode("model/no_chat_template", () =>
      openChatTemplate(folderWith({ "tokenizer_config.json": { chat_template: [{ name: "rag" }] } })),
    );
    expectCode("model/bad_chat_template", () => openChatTemplate(folderWith({ "chat_template.jinja": "{% if %}" })));
    const refusing = "{{ raise_exception('roles must alternate') }}";
    const details = expectCode("model/bad_chat_template", () =>
      openChatTemplate(folderWith({ "chat_template.jinja": refusing }), "mine").render(ASKED, true),
    );
    expect(details).toMatchObject({ model: "mine", why: expect.stringContaining("roles must alternate") });
    const long = " ".repeat(2 ** 20 + 1);
    expectCode("model/bad_chat_template", () => openChatTemplate(folderWith({ "chat_template.jinja": long })));
  });
});
