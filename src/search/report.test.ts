import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { createMemoryStore } from "../../test/search/memory-store.ts";
import { evaluateToy, TOY_SEARCH, toyRun } from "../../test/search/toy-run.ts";
import { evolve } from "./evolve.ts";
import type { EvolveOutcome } from "./evolve-outcome.ts";
import { formatSeconds } from "./report/format-seconds.ts";
import { escapeHtml, html, rawHtml } from "./report/html.ts";
import { pValueText, scoreText } from "./report/score-text.ts";
import { verdictOf } from "./report/verdict.ts";
import { renderReport } from "./report.ts";
import type { EvaluateRecipe } from "./task-evaluation.ts";

const failsSometimes: EvaluateRecipe = async (recipe, split, signal) => {
  if (recipe.includes("weight: 99")) throw new Error("this <merge> cannot run");
  return evaluateToy(recipe, split, signal);
};
const TEXT = TOY_SEARCH.replace(
  "compare:",
  "compare:\n  - { name: broken, merge_method: ties, parameters: { weight: 99 } }",
);

let outcome: EvolveOutcome;
const run = toyRun(createMemoryStore(), { text: TEXT, evaluateRecipe: failsSometimes });
const render = (changes: Partial<EvolveOutcome> = {}): string =>
  renderReport({ search: run.search, outcome: { ...outcome, ...changes }, layers: run.layers, version: "1.2.3" });

beforeAll(async () => {
  outcome = await evolve(run);
});

describe("the report", () => {
  it("loads nothing from elsewhere and runs no script", () => {
    const page = render();
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
    expect(page.replaceAll(/<pre>.*?<\/pre>/gs, "")).not.toMatch(/https?:/);
    expect(page).toContain("prefers-color-scheme: dark");
  });

  it("says among the settings what candidates had from others, if that is known", () => {
    const termsOf = (page: string) =>
      [...parseHTML(page).document.querySelectorAll("dt")].map((term) => [
        term.textContent,
        term.nextElementSibling!.textContent,
      ]);
    const data = { search: run.search, outcome, layers: run.layers, version: "1.2.3" };
    const shared = "54 % of the layers of prompts";
    expect(termsOf(renderReport({ ...data, shared }))).toContainEqual(["shared between candidates", shared]);
    expect(termsOf(renderReport(data)).map(([term]) => term)).not.toContain("shared between candidates");
  });

  it("is the same text for the same data", () => {
    expect(render()).toBe(render());
  });

  it("says in its title and first line how the child did", () => {
    const { document } = parseHTML(render());
    expect(document.querySelector("h1")!.textContent).toMatch(
      /^The child beats its best parent, en, by \d+\.\d\u00a0points$/,
    );
    expect(document.title).toContain("The child beats");
    expect(document.querySelector(".lede")!.textContent).toContain("60 items that the search never saw");
  });

  it("has every model's holdout and search scores in one table, the child first, failures with their reason", () => {
    const { document } = parseHTML(render());
    const rows = [...document.querySelectorAll("tbody tr")].map((row) =>
      [...row.querySelectorAll("th, td")].map((cell) => cell.textContent),
    );
    expect(rows.map(([name]) => name)).toEqual(["child", expect.any(String), "en", "ja", "base", "broken"]);
    const text = scoreText(outcome.tasks);
    expect(rows[0]![1]).toBe(text.value(outcome.best.holdout.value));
    expect(rows[0]![4]).toBe(text.value(outcome.best.search.value));
    expect(rows.at(-1)![1]).toBe("failed: this <merge> cannot run");
  });

  it("draws every candidate, every model and every variable, with words for those who cannot see it", () => {
    const { document } = parseHTML(render());
    const charts = [...document.querySelectorAll("figure svg")];
    expect(charts).toHaveLength(4);
    for (const chart of charts) expect(chart.getAttribute("aria-label")!.length).toBeGreaterThan(30);
    const [holdout, curve, weights] = charts;
    expect(curve!.querySelectorAll("circle, path title")).toHaveLength(33);
    expect(holdout!.querySelectorAll("circle, path title").length).toBeGreaterThanOrEqual(5);
    expect(weights!.querySelectorAll("rect")).toHaveLength(4);
  });

  it("shows the recipe as it is", () => {
    const { document } = parseHTML(render());
    expect(document.querySelector("pre code")!.textContent).toBe(outcome.best.recipeText);
  });

  it("escapes names, reasons and recipes", () => {
    const evil = `</title><script>alert("&'")</script>`;
    const parents = outcome.parents.map((parent, i) => (i === 0 ? { ...parent, name: evil } : parent));
    const search = { ...run.search, models: [{ name: evil, path: evil }, ...run.search.models.slice(1)] };
    const values = outcome.best.values.map((one, i) => (i === 0 ? { ...one, model: evil } : one));
    const best = { ...outcome.best, values, recipeText: evil };
    const candidates = outcome.candidates.map((one, i) =>
      i === 3 ? { ...one, score: undefined, failure: evil } : one,
    );
    const changed = { ...outcome, parents, best, candidates, bestParent: evil };
    const page = renderReport({ search, outcome: changed, layers: run.layers, version: evil });
    expect(page).not.toContain("<script");
    expect(parseHTML(page).document.querySelector("pre code")!.textContent).toBe(evil);
  });

  it("draws scores that are not shares, one layer group, and a run without plain merges", () => {
    const tasks = [{ name: "toy", metric: "ppl", aggregation: "perplexity", higherIsBetter: false }] as const;
    const values = outcome.best.values.map((one) => ({ ...one, values: one.values.slice(0, 1) }));
    const search = { ...run.search, space: { ...run.search.space, layerGroups: 1 } };
    const changed = { ...outcome, tasks, plain: [], best: { ...outcome.best, values } };
    const { document } = parseHTML(renderReport({ search, outcome: changed, layers: 4, version: "1" }));
    expect(document.querySelectorAll("figure svg")).toHaveLength(4);
    expect(document.querySelector("main")!.textContent).not.toMatch(/\d %\)?$|NaN|undefined|Infinity/);
  });
});

describe("the verdict", () => {
  const score = (value: number) => ({ value, n: 100, low: value - 0.1, high: value + 0.1 });
  const verdict = (child: number, pValue: number, higherIsBetter = true) =>
    verdictOf(
      {
        ...outcome,
        tasks: [{ ...outcome.tasks[0]!, higherIsBetter }],
        parents: [{ ...outcome.parents[0]!, holdout: score(0.5) }],
        plain: [{ ...outcome.plain[1]!, holdout: score(0.7) }],
        best: { ...outcome.best, holdout: score(child) },
        comparison: { ...outcome.comparison, pValue },
      },
      scoreText(outcome.tasks),
    );

  it("calls a child better only where the paired test is sure", () => {
    expect(verdict(0.6, 0.01).headline).toBe("The child beats its best parent, en, by 10.0\u00a0points");
    expect(verdict(0.6, 0.2).headline).toMatch(/^No clear difference .* \(\+10\.0\u00a0points\)$/);
  });

  it("calls a worse child worse", () => {
    expect(verdict(0.4, 0.01).headline).toBe("The child is worse than its best parent, en, by 10.0\u00a0points");
    expect(verdict(0.4, 0.01, false).headline).toMatch(/^The child beats/);
  });

  it("does not hide a plain merge that is better", () => {
    expect(verdict(0.6, 0.01).detail).toContain("even, scores 70.0\u00a0%, which is better than the child");
    expect(verdict(0.8, 0.01).detail).not.toContain("better than the child");
  });
});

describe("texts of the report", () => {
  it("write shares as percentages and other scores as they are", () => {
    const task = { name: "t", metric: "m", higherIsBetter: true };
    const share = scoreText([{ ...task, aggregation: "proportion" }]);
    expect(share.withInterval({ value: 0.4416, n: 5, low: 0.4, high: 0.5 })).toBe("44.2\u00a0% [40.0 to 50.0]");
    expect([0.0123, -0.0123, 0.0001].map(share.difference)).toEqual([
      "+1.2\u00a0points",
      "−1.2\u00a0points",
      "0.0\u00a0points",
    ]);
    const other = scoreText([{ ...task, aggregation: "perplexity" }]);
    expect([1200, 12.34567, 0.5].map(other.value)).toEqual(["1200", "12.35", "0.5"]);
  });

  it("write p-values and durations shortly", () => {
    expect([0.0001, 0.0312, 1].map(pValueText)).toEqual([
      "p\u00a0<\u00a00.001",
      "p\u00a0=\u00a00.031",
      "p\u00a0=\u00a01",
    ]);
    expect([4.4, 59.6, 192, 7500].map(formatSeconds)).toEqual(["4 s", "1 min 0 s", "3 min 12 s", "2 h 5 min"]);
  });

  it("escape everything but HTML", () => {
    expect(html`<p title="${'"'}">${"a & b"}${[html`<i>${1}</i>`, rawHtml("<b>")]}${undefined}</p>`.text).toBe(
      '<p title="&quot;">a &amp; b<i>1</i><b></p>',
    );
    expect(escapeHtml(`<'&">`)).toBe("&lt;&#39;&amp;&quot;&gt;");
  });
});
