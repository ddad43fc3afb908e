import fc from "fast-check";
import { expect, it } from "vitest";
import type { Json } from "./canonical-json.ts";
import { formatJsonLike, formatJsonWithFloats } from "./json-spelling.ts";

it.each<[Json, string, string]>([
  [{ cap: 30, eps: 1e-5 }, '{"eps": 1e-05, "cap": 30.0}', '{"cap":30.0,"eps":1e-05}'],
  [{ a: { list: [0, 1, 2] } }, '{"a": {"list": [0.0, 1.0]}}', '{"a":{"list":[0.0,1.0,2]}}'],
  [{ length: 1e30 }, '{"length": 1000000000000000019884624838656}', '{"length":1000000000000000019884624838656}'],
  [{ minus: -0 }, '{"minus": 0.0}', '{"minus":0}'],
])("spells %j as in %s", (value, original, expected) => {
  expect(formatJsonLike(value, original).replaceAll(/\s/g, "")).toBe(expected);
});

it.each<[Json, string]>([
  [{ rate: 2 }, '{"rate": 1.0}'],
  [{ rate: "2.0" }, '{"rate": 2.0}'],
  [{ rate: [2] }, '{"rate": 2.0}'],
  [{ rate: 2 }, '{"rate": [2.0]}'],
  [{ other: 2 }, '{"rate": 2.0}'],
  [{ rate: 2 }, '{"rate": 2.0'],
])("leaves %j alone beside %s", (value, original) => {
  expect(formatJsonLike(value, original)).toBe(`${JSON.stringify(value, null, 2)}\n`);
});

it("keeps every value, whatever stands beside it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, beside) => {
      const original = JSON.stringify(beside);
      expect(JSON.parse(formatJsonLike(value as Json, original))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it("writes the numbers of some keys as floats", () => {
  const value = { cap: 30, layers: 2, rope: { factor: 8, cap: "x" }, eps: 1e-6, none: null };
  const text = '{"cap":30.0,"layers":2,"rope":{"factor":8.0,"cap":"x"},"eps":0.000001,"none":null}';
  expect(formatJsonWithFloats(value, new Set(["cap", "factor", "eps", "none"]))).toBe(text);
});
