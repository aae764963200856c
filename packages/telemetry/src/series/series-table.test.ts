import { describe, expect, test } from "vitest";
import { RpcSeries } from "./rpc";
import { SeriesTable } from "./series-table";

function tableOf(names: readonly string[], maxSeries: number): SeriesTable<RpcSeries> {
  const table = new SeriesTable(() => new RpcSeries(), maxSeries);
  for (const procedure of names) {
    table.at("app", procedure).record({ procedure, type: "query", durationMs: 1, ok: true, errorCode: null });
  }
  return table;
}

const counts = (table: SeriesTable<RpcSeries>): Record<string, number> =>
  Object.fromEntries([...table.of("app")].map(([name, series]) => [name, series.count]));

describe("a table of series", () => {
  test("counts names beyond its cap under (other) and loses nothing", () => {
    expect(counts(tableOf(["a", "b", "c", "d", "a", "c"], 2))).toEqual({ a: 2, b: 1, "(other)": 3 });
  });

  test("caps each origin separately", () => {
    const table = tableOf(["a", "b"], 2);
    expect(table.at("admin", "c")).not.toBe(table.at("admin", "(other)"));
    expect(table.at("app", "c")).toBe(table.at("app", "(other)"));
  });

  test("keeps its cap when another table is merged into it", () => {
    const table = tableOf(["a", "b"], 2);
    table.merge(tableOf(["b", "c", "d"], 5));
    expect(counts(table)).toEqual({ a: 1, b: 2, "(other)": 2 });
  });

  test("forgets a name only after a whole span without use", () => {
    const table = tableOf(["a", "b"], 2);
    table.reset();
    expect(counts(table)).toEqual({ a: 0, b: 0 });
    table.at("app", "b").record({ procedure: "b", type: "query", durationMs: 1, ok: true, errorCode: null });
    table.reset();
    expect(counts(table)).toEqual({ b: 0 });
  });

  test("truncates a name that is too long", () => {
    const table = tableOf(["x".repeat(5_000), "x".repeat(6_000)], 5);
    expect(counts(table)).toEqual({ ["x".repeat(200)]: 2 });
  });

  test("sums over origins into separate series", () => {
    const table = tableOf(["a"], 5);
    table.at("lab", "a").merge(table.at("app", "a"));
    const sums = table.sumOver(["app", "lab"]);
    table.at("app", "a").reset();
    expect([...sums].map(([name, series]) => [name, series.count])).toEqual([["a", 2]]);
  });
});
