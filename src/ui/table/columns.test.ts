import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration } from "../format/numbers";
import { type Column, filterRows, holdOrder, toggleFilter } from "./columns";
import { toCsv, toMarkdown } from "./copy-text";
import { windowOf } from "./use-window";

describe("holdOrder", () => {
  it("keeps rows in place, puts new ones last and drops removed ones", () => {
    expect(holdOrder(["a", "b", "c"], ["c", "d", "a"])).toEqual(["a", "c", "d"]);
  });

  it("shows exactly the current rows, once each, and is stable", () => {
    const keys = fc.uniqueArray(fc.string({ maxLength: 2 }), { maxLength: 12 });
    fc.assert(
      fc.property(keys, keys, (held, now) => {
        const order = holdOrder(held, now);
        expect(order.toSorted()).toEqual(now.toSorted());
        expect(holdOrder(order, now.toReversed())).toEqual(order);
      }),
    );
  });
});

type Row = { name: string; p95Ms: number | null };
const columns: readonly Column<Row>[] = [
  { id: "name", label: "Name", title: "Name", width: 100, value: ({ name }) => name },
  { id: "p95", label: "p95", title: "p95", width: 80, value: ({ p95Ms }) => p95Ms, format: formatDuration },
];
const rows: Row[] = [
  { name: "a", p95Ms: 1 },
  { name: "b", p95Ms: 41.5 },
  { name: "c", p95Ms: null },
];

describe("numbers as filters", () => {
  it("narrow to rows inside every bound; a row without a value is outside", () => {
    const atLeast = { id: "p95", op: "atLeast", value: 1 } as const;
    const atMost = { id: "p95", op: "atMost", value: 1 } as const;
    expect(filterRows(rows, columns, [atLeast]).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(filterRows(rows, columns, [atMost]).map(({ name }) => name)).toEqual(["a"]);
    expect(filterRows(rows, columns, [{ ...atLeast, id: "gone" }])).toHaveLength(3);
  });

  it("a click sets a bound, a second one turns it around, a third removes it", () => {
    const first = toggleFilter([], "p95", 5);
    const second = toggleFilter(first, "p95", 5);
    expect([first, second, toggleFilter(second, "p95", 5)]).toEqual([
      [{ id: "p95", op: "atLeast", value: 5 }],
      [{ id: "p95", op: "atMost", value: 5 }],
      [],
    ]);
    expect(toggleFilter(second, "p95", 9)).toEqual([{ id: "p95", op: "atLeast", value: 9 }]);
  });
});

describe("copied text", () => {
  it("is CSV with raw numbers, quoted text and an empty cell where there is no value", () => {
    expect(toCsv({ columns, rows: [...rows.slice(1), { name: 'say "x", y', p95Ms: -2 }] })).toBe(
      '"Name","p95"\r\n"b",41.5\r\n"c",\r\n"say ""x"", y",-2\r\n',
    );
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＠x"])(
    "never lets a spreadsheet run %j",
    (name) => {
      expect(toCsv({ columns, rows: [{ name, p95Ms: null }] }).split("\r\n")[1]).toMatch(/^"'/);
    },
  );

  it("reads back as the same text, whatever is in a cell", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
        const body = toCsv({ columns, rows: [{ name, p95Ms: 1 }] }).slice('"Name","p95"\r\n'.length, -",1\r\n".length);
        const read = body.slice(1, -1).replaceAll('""', '"');
        expect([name, `'${name}`]).toContain(read);
        expect(read).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });

  it("is Markdown as shown, where nothing in a cell is formatted or ends it", () => {
    expect(
      toMarkdown({ columns, rows: [rows[1], { name: "a|b `c` <i>\nd", p95Ms: null }].flatMap((row) => row ?? []) }),
    ).toBe(
      String.raw`| Name | p95 |
| --- | --: |
| b | 41.5 ms |
| a\|b \`c\` &lt;i> d | – |
`,
    );
  });
});

describe("windowOf", () => {
  it("renders every row of a short table", () => {
    expect(windowOf(0, 800, 33, 149)).toEqual({ start: 0, end: 149 });
  });

  it("covers what is in view with a margin, and a bounded number of rows, at every scroll position", () => {
    fc.assert(
      fc.property(fc.integer({ min: 150, max: 20_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (count, share) => {
        const top = share * (count * 33 - 800);
        const { start, end } = windowOf(top, 800, 33, count);
        expect(start).toBeLessThanOrEqual(Math.max(0, Math.floor(top / 33)));
        expect(end).toBeGreaterThanOrEqual(Math.min(count, Math.ceil((top + 800) / 33)));
        expect(end - start).toBeLessThanOrEqual(110);
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(count);
      }),
    );
  });
});
