import { describe, expect, test } from "vitest";
import { findRepeats, type RepeatSpan } from "./repeats";

/** Spans as a tree is written: kind, name, parent; a millisecond each, one after another. */
function spansOf(...rows: [kind: string, name: string, parent: number | null, durationMs?: number][]): RepeatSpan[] {
  return rows.map(([kind, name, parent, durationMs = 1], index) => ({
    kind,
    name,
    parent,
    startMs: index,
    durationMs,
  }));
}

const request: [string, string, null] = ["request", "r", null];
const times = <Row>(count: number, row: (index: number) => Row): Row[] =>
  Array.from({ length: count }, (_, i) => row(i));

describe("a statement that runs again and again", () => {
  test("in the procedure itself is named with its times, its waste and the cure", () => {
    const spans = spansOf(
      request,
      ["procedure", "order.list", 0],
      ...times(6, (index): [string, string, number, number] => ["statement", "order.lines", 1, index === 0 ? 7 : 2]),
    );
    const [repeat, ...others] = findRepeats(spans);
    expect(others).toEqual([]);
    expect(repeat).toMatchObject({
      statement: "order.lines",
      times: 6,
      totalMs: 17,
      wasteMs: 10,
      parent: 1,
      procedure: "order.list",
      group: null,
      isWithinLoad: false,
    });
    expect(repeat?.cure).toContain("`order.lines` ran 6 times in `order.list` itself");
    expect(repeat?.cure).toContain("inArray");
  });

  test("because keys are read one by one is put down to their group, and cured by getMany and loadMany", () => {
    const spans = spansOf(
      request,
      ["procedure", "order.list", 0],
      ...times(5, (index): [string, string, number][] => [
        ["cache", "item.byId", 1],
        ["load", "item.byId", 2 + 3 * index],
        ["statement", "item.byId", 3 + 3 * index],
      ]).flat(),
    );
    const [repeat] = findRepeats(spans);
    expect(repeat).toMatchObject({ times: 5, group: "item.byId", isWithinLoad: false, parent: 1 });
    expect(repeat?.cure).toContain("getMany");
    expect(repeat?.cure).toContain("loadMany");
  });

  test("within one load is put down to that load, and not to the call around it as well", () => {
    const spans = spansOf(
      request,
      ["procedure", "order.list", 0],
      ["cache", "order.page", 1],
      ["load", "order.page", 2],
      ...times(5, (): [string, string, number] => ["statement", "order.lines", 3]),
    );
    const repeats = findRepeats(spans);
    expect(repeats).toHaveLength(1);
    expect(repeats[0]).toMatchObject({ group: "order.page", isWithinLoad: true, parent: 3 });
  });

  test("fewer than five times is nothing to tell", () => {
    const four = times(4, (): [string, string, number] => ["statement", "s", 1]);
    expect(findRepeats(spansOf(request, ["procedure", "p", 0], ...four))).toEqual([]);
  });

  test("once per call of a batch is nothing to tell: the calls do not know of each other", () => {
    const calls = times(8, (index): [string, string, number][] => [
      ["procedure", "note.byId", 0],
      ["statement", "note.byId", 1 + 2 * index],
    ]).flat();
    expect(findRepeats(spansOf(request, ...calls))).toEqual([]);
  });

  test("such as BEGIN and COMMIT, or in background refreshes, does not count", () => {
    const begins = times(9, (): [string, string, number] => ["statement", "transaction.begin", 1]);
    expect(findRepeats(spansOf(request, ["procedure", "p", 0], ...begins))).toEqual([]);
    const loads = times(6, (index): RepeatSpan[] => [
      { kind: "load", name: "g", parent: 1, startMs: 0, durationMs: 1, background: true },
      { kind: "statement", name: "s", parent: 2 + 2 * index, startMs: 0, durationMs: 1 },
    ]).flat();
    expect(findRepeats([...spansOf(request, ["procedure", "p", 0]), ...loads])).toEqual([]);
  });

  test("counts its waits for a connection as its own", () => {
    const spans: RepeatSpan[] = [...spansOf(request, ["procedure", "p", 0])];
    for (let index = 0; index < 5; index += 1) {
      spans.push({ kind: "pool", name: "database", parent: 1, startMs: 10 * index, durationMs: 4 });
      spans.push({ kind: "statement", name: "s", parent: 1, startMs: 10 * index + 4, durationMs: 1 });
    }
    expect(findRepeats(spans)[0]).toMatchObject({ totalMs: 25, wasteMs: 20 });
  });

  test("the most wasteful comes first", () => {
    const spans = spansOf(
      request,
      ["procedure", "p", 0],
      ...times(5, (): [string, string, number, number] => ["statement", "cheap", 1, 1]),
      ...times(5, (): [string, string, number, number] => ["statement", "dear", 1, 9]),
    );
    expect(findRepeats(spans).map(({ statement }) => statement)).toEqual(["dear", "cheap"]);
  });
});
