import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectCode } from "../../../test/expect-code.ts";
import { byteLength, type Dtype } from "../../tensor/dtype.ts";
import { elementCount } from "../../tensor/shape.ts";
import { createMemorySource } from "../byte-source.ts";
import type { EncodedTensor } from "../stored-tensor.ts";
import { parseTorchFile } from "./torch-file.ts";

const DATA = join(import.meta.dirname, "../../../test/golden/data/torch");
const EXPECTED = JSON.parse(readFileSync(join(DATA, "expected.json"), "utf8")) as {
  readonly [file: string]: Readonly<Record<string, readonly [Dtype, readonly number[], string]>>;
};

const load = (name: string): Uint8Array => new Uint8Array(readFileSync(join(DATA, name)));
const parse = (bytes: Uint8Array): readonly EncodedTensor[] => parseTorchFile(createMemorySource(bytes), "x.pt");

/** Reads a part of a tensor as a model would. */
function elements(bytes: Uint8Array, tensor: EncodedTensor, start = 0, length?: number): string {
  const total = byteLength(tensor.dtype, elementCount(tensor.shape));
  const into = new Uint8Array(length ?? total);
  const source = createMemorySource(bytes);
  if (tensor.encoding === undefined) source.read(tensor.beginByte + start, into);
  else tensor.encoding.decode((offset, part) => source.read(offset, part), start, into);
  return Buffer.from(into).toString("hex");
}

/** Replaces bytes that must be there, at their first place or their last. */
function patch(bytes: Uint8Array, from: string, to: string, isLast = false): Uint8Array {
  const buffer = Buffer.from(bytes);
  const at = isLast ? buffer.lastIndexOf(from, undefined, "latin1") : buffer.indexOf(from, 0, "latin1");
  expect(at).toBeGreaterThan(0);
  buffer.write(to, at, "latin1");
  return new Uint8Array(buffer);
}

/** A file of the old kind with one tensor of two bytes; shape and strides as operations. */
function legacyFile(shape: string, strides: string): Uint8Array {
  const storage = "(X\x07\x00\x00\x00storagectorch\nByteStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02NtQ";
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x00${shape}${strides}tR`;
  const magic = "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.";
  const keys = "\x80\x02](X\x01\x00\x00\x000e.";
  return Uint8Array.from(
    Buffer.from(`${magic}\x80\x02}X\x01\x00\x00\x00w${tensor}s.${keys}\x02\0\0\0\0\0\0\0ab`, "latin1"),
  );
}

describe("what torch wrote", () => {
  const files = Object.keys(EXPECTED).filter((name) => name !== "note");
  expect(files).toHaveLength(readdirSync(DATA).length - 5);

  it.each(files)("gives the tensors of %s", (name) => {
    const bytes = load(name);
    const found = parse(bytes).map((tensor) => {
      return [tensor.name, [tensor.dtype, tensor.shape, elements(bytes, tensor)]] as const;
    });
    expect(Object.fromEntries(found)).toEqual(EXPECTED[name]);
  });

  it.each(["views.pt", "legacy_views.pt"])("gives any part of the views of %s", (name) => {
    const bytes = load(name);
    for (const tensor of parse(bytes)) {
      const whole = elements(bytes, tensor);
      for (let start = 0; start <= whole.length / 2; start += 3) {
        const length = Math.min(whole.length / 2 - start, 7);
        expect(elements(bytes, tensor, start, length)).toBe(whole.slice(2 * start, 2 * (start + length)));
      }
    }
  });
});

describe("what is no checkpoint of weights", () => {
  it.each([
    ["attack.pt", "posix.system"],
    ["legacy_attack.pt", "posix.system"],
    ["arguments.pt", "argparse.Namespace"],
  ])("refuses %s by name, and runs nothing", (file, name) => {
    expect(expectCode("format/pickle_class", () => parse(load(file)))["name"]).toBe(name);
  });

  it("refuses plain pickles, other archives and other objects", () => {
    expectCode("format/not_torch", () => parse(load("plain.pt")));
    expectCode("format/not_torch", () => parse(Uint8Array.of(1)));
    expectCode("format/not_torch", () => parse(patch(load("protocol4.pt"), "data.pkl", "data.xxx", true)));
    expectCode("format/not_torch", () => parse(patch(load("legacy_views.pt"), "M\xe9\x03.", "M\xe8\x03.")));
    // The dict's tensors go to a name that is not `state_dict`'s, and the root has none.
    expectCode("format/no_tensors", () => parse(patch(load("training.pt"), "state_dictq", "stateXdictq")));
  });

  it("refuses another byte order", () => {
    expectCode("format/byte_order", () => parse(patch(load("views.pt"), "little", "bigger")));
    const machine = patch(load("legacy_views.pt"), "little_endianq\x02\x88", "little_endianq\x02\x89");
    expectCode("format/byte_order", () => parse(machine));
  });
});

it("reads what was put together by hand", () => {
  const bytes = legacyFile("K\x02K\x03\x86", "K\x01K\x00\x86");
  expect(elements(bytes, parse(bytes)[0]!)).toBe("616161626262");
});

describe("damaged files", () => {
  it("refuses blocks that are missing or short", () => {
    expectCode("format/storage_missing", () =>
      parse(patch(load("views.pt"), "X\x01\x00\x00\x000", "X\x01\x00\x00\x009")),
    );
    expectCode("format/storage_short", () => parse(patch(load("views.pt"), "cpuq\x06K\x18", "cpuq\x06K\xff")));
    expectCode("format/storage_short", () => parse(load("legacy_views.pt").slice(0, -200)));
    expectCode("format/pickle_storage", () => parse(patch(load("views.pt"), "storageq", "storXgeq")));
  });

  it("refuses tensors that reach out of their block, or are none", () => {
    const view = "tq\x07QK\x00K\x04K\x06\x86";
    expectCode("format/tensor_outside", () => parse(patch(load("views.pt"), view, "tq\x07QK\x01K\x04K\x06\x86")));
    expectCode("format/tensor_outside", () => parse(patch(load("views.pt"), view, "tq\x07QK\x00K\x05K\x06\x86")));
    expectCode("format/tensor_view", () => parse(patch(load("views.pt"), view, "tq\x07QK\x00K\x04K\x06\x85")));
    expectCode("format/tensor_repeated", () => parse(legacyFile("J\x00\x00\x00\x10K\x02\x86", "K\x00K\x01\x86")));
  });
});
