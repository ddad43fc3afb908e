/** Metrics of texts and labels against sacrebleu, scikit-learn and the harness; see test/oracle/text_metrics.py. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pooledScore, scoreOf } from "../score.ts";
import { METRICS } from "./index.ts";
import type { Measures, Tally } from "./metric.ts";
import { lastNumber } from "./written-number.ts";

interface Texts {
  readonly items: readonly ({ readonly response: string; readonly references: readonly string[] } & Readonly<
    Record<string, number | null>
  >)[];
  readonly corpus: Readonly<Record<string, number>>;
  readonly harness: Readonly<Record<string, number>>;
}
interface Labels {
  readonly items: readonly (readonly [number, number])[];
  readonly score: number;
}
interface Golden {
  readonly single: Texts;
  readonly several: Texts;
  readonly f1: Labels;
  readonly mcc: Labels;
  readonly brier_score: { readonly items: readonly (readonly [number[], number])[]; readonly score: number };
  readonly rolling: { readonly items: readonly (readonly number[])[] } & Readonly<Record<string, number>>;
}

const path = join(import.meta.dirname, "../../../test/golden/data/lm_eval/text_metrics.json");
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const metricOf = (name: string) => METRICS.find((metric) => metric.name === name)!;
const measuresOf = (name: string): Measures => metricOf(name).begin(metricOf(name).settings.parse({}), () => "here");

function talliesOf(name: string, { items }: Texts): readonly Tally[] {
  return items.map((item) => measuresOf(name).generate_until!(item) as Tally);
}

describe.each(["bleu", "chrf", "chrf++", "ter"])("%s", (name) => {
  it("agrees with sacrebleu on every text", () => {
    for (const [i, { value }] of talliesOf(name, golden.single).entries())
      expect(value, JSON.stringify(golden.single.items[i])).toBeCloseTo(golden.single.items[i]![name]!, 9);
  });

  it.each(["single", "several"] as const)("agrees with sacrebleu on all texts together, %s references", (kind) => {
    const parts = talliesOf(name, golden[kind]).map((tally) => tally.parts);
    const score = pooledScore(parts, metricOf(name).pool!);
    expect(score.value).toBeCloseTo(golden[kind].corpus[name]!, 9);
    expect(score.low).toBeLessThan(score.value);
    expect(score.high).toBeGreaterThan(score.value);
  });

  it("agrees with the harness", () => {
    const parts = talliesOf(name, golden.single).map((tally) => tally.parts);
    expect(metricOf(name).pool!(sumOf(parts))).toBeCloseTo(golden.single.harness[name]!, 9);
  });
});

function sumOf(parts: readonly (readonly number[])[]): readonly number[] {
  const width = Math.max(...parts.map((part) => part.length));
  return Array.from({ length: width }, (_, k) => parts.reduce((sum, part) => sum + (part[k] ?? 0), 0));
}

/** Log-probabilities of `count` choices of which one is chosen. */
const choosing = (chosen: number, count: number) => Array.from({ length: count }, (_, i) => (i === chosen ? -1 : -2));

describe.each([
  ["f1", 2],
  ["mcc", 4],
] as const)("%s", (name, count) => {
  it("agrees with scikit-learn", () => {
    const parts = golden[name].items.map(([gold, chosen]) => {
      const logprobs = choosing(chosen, count);
      const choices = logprobs.map(String);
      const answer = { choices, logprobs, greedy: choices.map(() => false), right: [gold] };
      return (measuresOf(name).multiple_choice!(answer) as Tally).parts;
    });
    expect(pooledScore(parts, metricOf(name).pool!).value).toBeCloseTo(golden[name].score, 12);
  });

  it("counts an answer without numbers as wrong, and is 0 without anything to correlate", () => {
    const logprobs = [Number.NaN, Number.NaN];
    const answer = { choices: ["a", "b"], logprobs, greedy: [false, false], right: [1] };
    const tally = measuresOf(name).multiple_choice!(answer) as Tally;
    expect(tally.value).toBeNaN();
    expect(pooledScore([tally.parts], metricOf(name).pool!)).toEqual({ value: 0, n: 1, low: 0, high: 0 });
  });
});

describe("brier_score", () => {
  it("agrees with the harness", () => {
    const values = golden.brier_score.items.map(([logprobs, gold]) => {
      const choices = logprobs.map(String);
      return measuresOf("brier_score").multiple_choice!({ choices, logprobs, greedy: [], right: [gold] }) as number;
    });
    expect(scoreOf(values, "mean").value).toBeCloseTo(golden.brier_score.score, 12);
  });
});

describe.each([
  ["word_perplexity", 1, (n: number) => Array.from({ length: n }, () => "w").join(" ")],
  ["byte_perplexity", 2, (n: number) => "é".repeat(n >> 1) + "b".repeat(n % 2)],
  ["bits_per_byte", 2, (n: number) => "b".repeat(n)],
] as const)("%s", (name, column, textOf) => {
  it("agrees with the harness", () => {
    const tallies = golden.rolling.items.map((row) => {
      const answer = { logprob: row[0]!, text: textOf(row[column]!) };
      return measuresOf(name).loglikelihood_rolling!(answer) as Tally;
    });
    expect(tallies.map(({ parts }) => parts)).toEqual(golden.rolling.items.map((row) => [row[0], row[column]]));
    const { value } = pooledScore(
      tallies.map(({ parts }) => parts),
      metricOf(name).pool!,
    );
    expect(value).toBeCloseTo(golden.rolling[name]!, 9);
  });
});

describe("acc_mutual_info", () => {
  it("takes off what a choice is worth without the prompt", () => {
    const answer = { choices: ["a", "b"], logprobs: [-1, -3], unconditional: [-0.5, -9], greedy: [], right: [1] };
    expect(measuresOf("acc_mutual_info").multiple_choice!(answer)).toBe(1);
    expect(measuresOf("acc").multiple_choice!(answer)).toBe(0);
  });
});

describe("rouge_l", () => {
  it("agrees with rouge_score on English", () => {
    const english = golden.single.items.filter((item) => item["rouge_l"] !== null);
    expect(english.length).toBeGreaterThan(5);
    for (const item of english)
      expect(measuresOf("rouge_l").generate_until!(item), item.response).toBeCloseTo(item["rouge_l"]!, 12);
  });

  it("counts each character of Japanese as a word", () => {
    const answer = { response: "猫が寝た", references: ["犬が寝た。", "x"] };
    expect(measuresOf("rouge_l").generate_until!(answer)).toBeCloseTo(0.75, 12);
  });
});

describe("numeric_match", () => {
  it.each([
    ["The answer is 1,234.50 yen.", 1234.5],
    ["#### -12", -12],
    ["３，０００円", 3000],
    ["二千三百円", 2300],
    ["三億五千万", 350_000_000],
    ["二〇二六", 2026],
    ["3万5千円 or 4万円", 40_000],
    ["about 3/4 of it", 0.75],
    ["1.5e3", 1500],
    ["−7", -7],
    [".5", 0.5],
    ["first 5, then 6.", 6],
  ])("finds the last number in %s", (text, value) => expect(lastNumber(text)).toBeCloseTo(value, 9));

  it("finds none in words", () => expect(lastNumber("no idea")).toBeUndefined());

  it("allows the tolerance that is asked for", () => {
    const metric = metricOf("numeric_match");
    const answer = { response: "so 101", references: ["none", "100"] };
    const measure = (settings: object) =>
      metric.begin(metric.settings.parse(settings), () => "here").generate_until!(answer);
    expect([measure({}), measure({ tolerance: 0.01 })]).toEqual([0, 1]);
  });
});
