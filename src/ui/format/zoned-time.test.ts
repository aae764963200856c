import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { momentsOf, readFieldValue, toFieldValue, zoneAt, zonedTimeAt } from "./zoned-time";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];
const at = (iso: string): number => Date.parse(iso);
const read = (text: string) => {
  const time = readFieldValue(text);
  if (time === null) throw new Error(`${text} is no time.`);
  return time;
};
const moments = (text: string, zone: string): string[] =>
  momentsOf(read(text), zone).map((atMs) => new Date(atMs).toISOString().slice(0, 16));

describe("a change to or from summer time", () => {
  test("in spring, the skipped hour does not exist", () => {
    expect(moments("2026-03-29T01:59", "Europe/Berlin")).toEqual(["2026-03-29T00:59"]);
    expect(moments("2026-03-29T02:30", "Europe/Berlin")).toEqual([]);
    expect(moments("2026-03-29T03:00", "Europe/Berlin")).toEqual(["2026-03-29T01:00"]);
  });

  test("in autumn, the repeated hour exists twice", () => {
    expect(moments("2026-10-25T02:30", "Europe/Berlin")).toEqual(["2026-10-25T00:30", "2026-10-25T01:30"]);
    expect(moments("2026-10-25T03:00", "Europe/Berlin")).toEqual(["2026-10-25T02:00"]);
  });

  test("half an hour is enough, and a whole day may be missing", () => {
    expect(moments("2026-04-05T01:45", "Australia/Lord_Howe")).toEqual(["2026-04-04T14:45", "2026-04-04T15:15"]);
    expect(moments("2011-12-30T12:00", "Pacific/Apia")).toEqual([]);
  });

  test("the offset is that of the moment", () => {
    expect(zoneAt(at("2026-03-29T00:59:00Z"), "Europe/Berlin")).toBe("UTC+01:00");
    expect(zoneAt(at("2026-03-29T01:00:00Z"), "Europe/Berlin")).toBe("UTC+02:00");
    expect(zoneAt(at("2026-01-01T00:00:00Z"), "America/New_York")).toBe("UTC−05:00");
    expect(zoneAt(at("2026-01-01T00:00:00Z"), "Asia/Kolkata")).toBe("UTC+05:30");
    expect(zoneAt(0, "UTC")).toBe("UTC");
  });
});

test("every moment is among those of the time that the clocks show then", () => {
  const seconds = fc.integer({ min: 0, max: at("2090-01-01T00:00:00Z") / 1_000 });
  fc.assert(
    fc.property(seconds, fc.constantFrom(...zones), (second, zone) => {
      const atMs = second * 1_000;
      expect(momentsOf(zonedTimeAt(atMs, zone), zone)).toContain(atMs);
      expect(readFieldValue(toFieldValue(atMs, zone))).toEqual(zonedTimeAt(atMs, zone));
    }),
  );
});

test("a field may leave out the seconds, and nothing else", () => {
  expect(readFieldValue("2026-03-29T01:30")).toEqual({ year: 2026, month: 3, day: 29, hour: 1, minute: 30, second: 0 });
  expect([readFieldValue(""), readFieldValue("2026-03-29"), readFieldValue("29.3.2026 01:30")]).toEqual([
    null,
    null,
    null,
  ]);
});
