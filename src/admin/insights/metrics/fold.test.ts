import { expect, test } from "vitest";
import { createSeries } from "@weir/telemetry";
import { foldBeyond } from "./fold";

function statement(durationMs: number) {
  const series = createSeries.sql();
  series.record({ statement: "", text: "", waitMs: 0, durationMs, rows: 1, ok: true });
  return series;
}
const options = {
  create: createSeries.sql,
  weightOf: ({ durations }: ReturnType<typeof statement>) => durations.sumMs,
};
const summed = (series: Iterable<ReturnType<typeof statement>>) =>
  [...series].reduce((sum, { durations }) => sum + durations.sumMs, 0);

test("what is beyond the heaviest is counted together, and nothing is lost", () => {
  const series = new Map(Array.from({ length: 30 }, (_, index) => [`s${index}`, statement(index + 1)]));
  series.set("(other)", statement(1_000));
  const folded = foldBeyond(series, 5, options);
  expect([...folded.keys()]).toEqual(["s29", "s28", "s27", "s26", "(other)"]);
  expect(summed(folded.values())).toBe(summed(series.values()));
  expect(folded.get("(other)")?.count).toBe(27);
  // What was read is shared by others.
  expect([series.size, series.get("(other)")?.count]).toEqual([31, 1]);
});

test("few enough stay as they are", () => {
  const series = new Map([["a", statement(1)]]);
  expect(foldBeyond(series, 1, options)).toBe(series);
});
