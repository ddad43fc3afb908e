import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { pathRecipe, type ScaleFolding } from "./layer-path.ts";

const MODELS = [
  { name: "a", path: "m/a" },
  { name: "b", path: "m/b" },
];
const FOLDING: ScaleFolding = {
  divided: [".o_proj."],
  multiplied: [".gate."],
  signed: [".ln.weight"],
  finalNorm: "model.norm.weight",
};
const write = (hops: readonly [number, number, number?][], folding: ScaleFolding | undefined = FOLDING): string =>
  pathRecipe(
    { models: MODELS, dtype: "bfloat16", folding },
    hops.map(([model, layer, scale = 1]) => ({ model, layer, scale })),
  );
interface Slice {
  readonly sources: readonly [
    { readonly model: string; readonly layer_range: unknown; readonly parameters?: { readonly scale: unknown } },
  ];
}
const slicesOf = (text: string) =>
  (parse(text).slices as readonly Slice[]).map(({ sources: [{ model, layer_range, parameters }] }) => [
    model,
    layer_range,
    parameters?.scale,
  ]);

describe("a path's recipe", () => {
  it("joins layers that follow each other in one model", () => {
    const text = write([
      [0, 0],
      [0, 1],
      [1, 2],
      [0, 1],
    ]);
    expect(parse(text)).toMatchObject({ merge_method: "passthrough", dtype: "bfloat16" });
    expect(slicesOf(text)).toEqual([
      ["m/a", [0, 2], undefined],
      ["m/b", [2, 3], undefined],
      ["m/a", [1, 2], undefined],
    ]);
  });

  it("puts the product of the scales so far into the weights", () => {
    expect(
      slicesOf(
        write([
          [0, 0],
          [0, 1, 2],
          [0, 2, 0.5],
          [1, 3, 4],
        ]),
      ),
    ).toEqual([
      ["m/a", [0, 1], undefined],
      [
        "m/a",
        [1, 2],
        [
          { filter: ".o_proj.", value: 0.5 },
          { filter: ".gate.", value: 2 },
        ],
      ],
      ["m/a", [2, 3], undefined],
      [
        "m/b",
        [3, 4],
        [
          { filter: ".o_proj.", value: 0.25 },
          { filter: ".gate.", value: 4 },
        ],
      ],
    ]);
  });

  it("puts a negative sign into the norms that read the stream, also the last one", () => {
    const minus = { value: -1 };
    expect(
      slicesOf(
        write([
          [0, 0, -1],
          [1, 1],
        ]),
      ),
    ).toEqual([
      [
        "m/a",
        [0, 1],
        [
          { filter: ".o_proj.", ...minus },
          { filter: ".gate.", ...minus },
          { filter: ".ln.weight", ...minus },
        ],
      ],
      [
        "m/b",
        [1, 2],
        [".o_proj.", ".gate.", ".ln.weight", "model.norm.weight"].map((filter) => ({ filter, ...minus })),
      ],
    ]);
  });

  it.each([
    ["a scale of 0", [[0, 0, 0]], FOLDING],
    ["factors beyond all measure", [[0, 0, 1e5]], FOLDING],
    ["negative factors where norms cannot take them", [[0, 0, -1]], { ...FOLDING, signed: undefined }],
    ["scales where none can be written", [[0, 0, 2]], null],
  ] as const)("refuses %s", (_what, hops, folding) => {
    const models = { models: MODELS, dtype: undefined, folding: folding ?? undefined };
    const path = hops.map(([model, layer, scale]) => ({ model, layer, scale }));
    expect(() => pathRecipe(models, path)).toThrow(expect.objectContaining({ code: "search/bad_path" }));
  });
});
