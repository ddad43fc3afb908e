import { describe, expect, it } from "vitest";
import { planReadings, type RowReading } from "./score-readings.ts";
import type { ScoreRow } from "./score-rows.ts";

const count = (length: number): readonly number[] => Array.from({ length }, (_, i) => i);
const limits = { promptTokens: 40, dividableTokens: 1000 };

function row(request: number, ids: readonly number[], positions: readonly number[] = [ids.length - 1]): ScoreRow {
  return { ids, targets: positions.map((position) => ({ request, position, token: 0 })) };
}

/** [start, ids, positions of targets] of each piece. */
function outline(readings: readonly RowReading[]): readonly (readonly unknown[])[] {
  return readings.map(({ start, pieces }) => [
    start,
    ...pieces.map(({ ids, targets }) => [ids.length, ...targets.map(({ position }) => position)]),
  ]);
}

describe("planReadings", () => {
  it("reads rows of like length together", () => {
    const rows = [row(0, [1, 2, 3]), row(1, [4, 5]), row(2, [6, 7, 8])];
    const [reading, ...none] = planReadings(rows, limits);
    expect(none).toEqual([]);
    expect(reading!.layOut).toEqual({ slots: 3, positions: 3 });
    expect(reading!.pieces.map(({ ids }) => ids)).toEqual([rows[0]!.ids, rows[2]!.ids, rows[1]!.ids]);
  });

  it("reads a shared beginning once, and the choices from where they differ", () => {
    const rows = [row(0, [...count(38), 90]), row(1, [...count(38), 70, 71], [37, 38, 39]), row(2, [...count(38), 80])];
    const readings = planReadings(rows, limits);
    expect(outline(readings)).toEqual([
      [0, [40, 37, 38, 39]],
      [38, [1, 38]],
      [38, [1, 38]],
    ]);
    expect(readings.map(({ layOut }) => layOut)).toEqual([{ slots: 1, positions: 40 }, undefined, undefined]);
    expect(readings.map(({ pieces }) => pieces[0]!.targets[0]!.request)).toEqual([1, 2, 0]);
  });

  it("reads again what predicts a token that is asked for", () => {
    const rows = [row(0, [...count(38), 90]), row(1, [...count(38), 91], [30, 38])];
    expect(outline(planReadings(rows, limits))).toEqual([
      [0, [39, 38]],
      [30, [9, 30, 38]],
    ]);
  });

  it("reads long rows in pieces, unless they must stay whole", () => {
    const long = row(0, count(95), [10, 50, 94]);
    expect(outline(planReadings([long], limits))).toEqual([
      [0, [40, 10]],
      [40, [40, 50]],
      [80, [15, 94]],
    ]);
    expect(outline(planReadings([long], { ...limits, dividableTokens: 94 }))).toEqual([[0, [95, 10, 50, 94]]]);
  });
});
