import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { insightFilterSchema } from "@/admin/insights/contract/range";
import { parseNodes, parseRange, refreshEveryMs, serializeRange, toCustomRange, withView } from "./view";

const from = "2026-01-31T12:00:00.000Z";
const to = "2026-01-31T13:00:00.000Z";

describe("the range in the URL", () => {
  test.each(["5m", "1h", "90d", `${from}/${to}`])("%s is read and written back", (text) => {
    const range = parseRange(text);
    expect(range === null ? null : serializeRange(range)).toBe(text);
  });

  test.each([
    "",
    "1y",
    from,
    `${to}/${from}`,
    `${from}/${from}`,
    `${from}/${to}/${to}`,
    "yesterday/today",
    "2026-01-31/2026-02-01",
    "2026-01-31T12:00:00+02:00/2026-01-31T13:00:00+02:00",
    `1969-12-31T00:00:00Z/1969-12-31T01:00:00Z`,
    `2026-01-01T00:00:00Z/2026-04-02T00:00:00Z`,
    "2026-13-01T00:00:00Z/2026-13-02T00:00:00Z",
  ])("%j is no range", (text) => {
    expect(parseRange(text)).toBeNull();
  });

  test("whatever is read is a range that the server accepts", () => {
    const moments = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
    const lengths = fc.oneof(fc.integer({ min: -10_000, max: 10_000 }), fc.integer({ min: 0, max: 100 * 86_400_000 }));
    fc.assert(
      fc.property(moments, lengths, (beginMs, lengthMs) => {
        const text = `${new Date(beginMs).toISOString()}/${new Date(Math.max(0, beginMs + lengthMs)).toISOString()}`;
        const range = parseRange(text);
        expect(range === null || insightFilterSchema.safeParse({ range }).success).toBe(true);
        expect(range === null ? text : serializeRange(range)).toBe(text);
      }),
    );
  });
});

test("whatever is zoomed to is a range that the server and the URL accept", () => {
  const moments = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
  fc.assert(
    fc.property(moments, moments, (a, b) => {
      const range = toCustomRange(a, b);
      expect(insightFilterSchema.safeParse({ range }).success).toBe(true);
      expect(parseRange(serializeRange(range))).toEqual(range);
    }),
  );
});

test("nodes are read once each, in one order, and at most fifty", () => {
  expect(parseNodes("b,a,,b")).toEqual(["a", "b"]);
  expect(parseNodes(",")).toBeNull();
  const many = parseNodes(Array.from({ length: 80 }, (_, index) => `n${index}`).join(","));
  expect(insightFilterSchema.safeParse({ nodes: many }).success).toBe(true);
});

test("live follows the range, a fixed interval does not, and what is over or paused is not refreshed", () => {
  const nowMs = Date.parse(to) + 1;
  expect([refreshEveryMs("5m", "live", nowMs), refreshEveryMs("90d", "live", nowMs)]).toEqual([1_000, 60_000]);
  expect([refreshEveryMs("90d", "5s", nowMs), refreshEveryMs("5m", "30s", nowMs)]).toEqual([5_000, 30_000]);
  expect(refreshEveryMs("5m", "off", nowMs)).toBeNull();
  expect(refreshEveryMs({ from, to }, "live", nowMs)).toBeNull();
  expect(refreshEveryMs({ from, to }, "live", nowMs - 2)).toBe(5_000);
});

test("a link keeps the view, and what it names itself", () => {
  const search = new URLSearchParams(`range=${from}/${to}&refresh=off&q=note&open=group:a&nodes=a,b`);
  expect(withView("/admin/cache", search)).toBe(
    "/admin/cache?range=2026-01-31T12%3A00%3A00.000Z%2F2026-01-31T13%3A00%3A00.000Z&refresh=off&nodes=a%2Cb",
  );
  expect(withView("/admin/keys?range=1h&prefix=a", search)).toBe(
    "/admin/keys?range=1h&prefix=a&refresh=off&nodes=a%2Cb",
  );
  expect(withView("/admin", new URLSearchParams("q=note"))).toBe("/admin");
});
