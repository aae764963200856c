import { expect, test } from "vitest";
import { bytes, duration, table } from "./table";

test("aligns numbers right and words left, and keeps a cell on its line", () => {
  const rows = [
    ["note.byId", 12_345],
    ["a\u001b[31m\nb", 1],
  ];
  expect(table([{ heading: "group" }, { heading: "entries", isNumber: true }], rows)).toBe(
    String.raw`group           entries
note.byId         12345
a\u{1b}[31m\nb        1`,
  );
});

test("durations and sizes use the most readable unit", () => {
  expect([-1, 250, 90_000, 3_600_000, 90_000_000].map(duration)).toEqual(["-", "250 ms", "90 s", "60 min", "25.0 h"]);
  expect([12, 2048, 5_242_880].map(bytes)).toEqual(["12 B", "2.0 KB", "5.0 MB"]);
});
