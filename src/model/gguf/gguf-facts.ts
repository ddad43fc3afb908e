import type { GgufMetadata, GgufValue } from "../../format/gguf/gguf-metadata.ts";
import { modelErrors } from "../errors.ts";

/** Typed access to the metadata of a GGUF file. */
export interface GgufFacts {
  /** @throws model/gguf_key if it is missing or no finite number */
  number(key: string): number;
  /** @throws model/gguf_key if it is no finite number */
  optionalNumber(key: string): number | undefined;
  /** @throws model/gguf_key if it is no text */
  optionalText(key: string): string | undefined;
  optionalFlag(key: string): boolean | undefined;
  /** @throws model/gguf_key if it is no list */
  optionalList(key: string): readonly GgufValue[] | undefined;
}

/** Opens the metadata of a file. @param file - stands in errors. */
export function createGgufFacts(metadata: GgufMetadata, file: string): GgufFacts {
  const find = (key: string, expected: string, isFit: (value: GgufValue) => boolean): GgufValue | undefined => {
    const value = metadata.get(key);
    if (value !== undefined && !isFit(value)) throw modelErrors.gguf_key({ file, key, expected, found: show(value) });
    return value;
  };
  const optionalNumber = (key: string): number | undefined => {
    const value = find(key, "a finite number", (v) => Number.isFinite(onlyValue(v)));
    return value === undefined ? undefined : shorten(onlyValue(value) as number);
  };
  return {
    optionalNumber,
    number(key) {
      const value = optionalNumber(key);
      if (value === undefined) throw modelErrors.gguf_key({ file, key, expected: "a finite number", found: "nothing" });
      return value;
    },
    optionalText: (key) => find(key, "a text", (v) => typeof v === "string") as string | undefined,
    optionalFlag: (key) => find(key, "true or false", (v) => typeof v === "boolean") as boolean | undefined,
    optionalList: (key) => find(key, "a list", Array.isArray) as readonly GgufValue[] | undefined,
  };
}

/** Some files give a number for every layer; equal ones are as good as one. */
function onlyValue(value: GgufValue): GgufValue | undefined {
  if (!Array.isArray(value)) return value as GgufValue;
  const list = value as readonly GgufValue[];
  return list.every((item) => item === list[0]) ? list[0] : undefined;
}

/** The shortest decimal of the same float32, where the number is one: 1e-5 and not 0.00000999999974. */
function shorten(value: number): number {
  if (Number.isInteger(value) || Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function show(value: GgufValue): string {
  return JSON.stringify(value).slice(0, 80);
}
