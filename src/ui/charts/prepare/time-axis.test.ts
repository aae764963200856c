import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockOf, intervalWords, timeTicks, zoneNote } from "./time-axis";

const seconds = (iso: string): number => Date.parse(iso) / 1000;
const berlin = clockOf("Europe/Berlin");
const labels = (from: string, to: string, maxTicks: number, zone: string): string[] =>
  timeTicks(seconds(from), seconds(to), maxTicks, clockOf(zone)).map(({ label }) => label);

describe("timeTicks", () => {
  it("are round times of the viewer's zone, with the day at midnight", () => {
    expect(labels("2026-01-01T21:10:00Z", "2026-01-02T01:10:00Z", 5, "Europe/Berlin")).toEqual([
      "23:00",
      "2 Jan",
      "01:00",
      "02:00",
    ]);
    expect(labels("2026-01-01T12:00:00Z", "2026-01-01T12:01:00Z", 4, "UTC")).toEqual([
      "12:00:00",
      "12:00:15",
      "12:00:30",
      "12:00:45",
    ]);
  });

  it("are round where the zone is not a whole number of hours from UTC", () => {
    expect(labels("2026-01-01T00:00:00Z", "2026-01-01T06:00:00Z", 3, "Asia/Kolkata")).toEqual([
      "06:00",
      "08:00",
      "10:00",
    ]);
    expect(labels("2026-01-01T00:00:00Z", "2026-01-01T03:00:00Z", 3, "Asia/Kathmandu")).toEqual([
      "06:00",
      "07:00",
      "08:00",
    ]);
  });

  it("fall on midnights of the zone on both sides of a change to summer time", () => {
    const ticks = timeTicks(seconds("2026-03-27T12:00:00Z"), seconds("2026-03-31T12:00:00Z"), 6, berlin);
    expect(ticks).toEqual([
      { at: seconds("2026-03-27T23:00:00Z"), label: "28 Mar" },
      { at: seconds("2026-03-28T23:00:00Z"), label: "29 Mar" },
      { at: seconds("2026-03-29T22:00:00Z"), label: "30 Mar" },
      { at: seconds("2026-03-30T22:00:00Z"), label: "31 Mar" },
    ]);
  });

  it("skip the hour that the clocks skip, and show the hour that comes twice in its two places", () => {
    expect(labels("2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z", 4, "Europe/Berlin")).toEqual([
      "01:00",
      "03:00",
      "04:00",
    ]);
    const autumn = timeTicks(seconds("2026-10-24T23:00:00Z"), seconds("2026-10-25T03:00:00Z"), 5, berlin);
    expect(autumn.map(({ label }) => label)).toEqual(["01:00", "02:00", "02:00", "03:00"]);
    expect(autumn.map(({ at }) => at - seconds("2026-10-24T23:00:00Z"))).toEqual([0, 3_600, 7_200, 10_800]);
  });

  it("are ascending, inside the range, few enough, and show a whole minute of every zone", () => {
    const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: seconds("2024-01-01T00:00:00Z"), max: seconds("2027-01-01T00:00:00Z") }),
        fc.integer({ min: 60, max: 90 * 86_400 }),
        fc.integer({ min: 2, max: 14 }),
        (zone, from, length, maxTicks) => {
          const ticks = timeTicks(from, from + length, maxTicks, clockOf(zone));
          expect(ticks.length).toBeLessThanOrEqual(maxTicks + 1);
          for (const [index, { at }] of ticks.entries()) {
            expect(at).toBeGreaterThanOrEqual(from);
            expect(at).toBeLessThan(from + length);
            expect(at).toBeGreaterThan(ticks[index - 1]?.at ?? 0);
          }
        },
      ),
    );
  });
});

describe("zoneNote", () => {
  it("names the zone, and the change of its clocks on the chart", () => {
    expect(zoneNote(seconds("2026-01-01T00:00:00Z"), seconds("2026-01-02T00:00:00Z"), berlin)).toBe(
      "Europe/Berlin (UTC+1)",
    );
    expect(zoneNote(seconds("2026-03-28T00:00:00Z"), seconds("2026-03-30T00:00:00Z"), berlin)).toBe(
      "Europe/Berlin (UTC+1, UTC+2 from 29 Mar, 03:00)",
    );
    expect(clockOf("America/St_Johns").offsetName(seconds("2026-01-01T00:00:00Z"))).toBe("UTC−3:30");
  });
});

describe("intervalWords", () => {
  it("adds the day unless it is today, and the offset where a time of day comes twice", () => {
    const from = seconds("2026-01-01T13:00:00Z");
    expect(intervalWords(from, 300, from, berlin)).toBe("14:00–14:05");
    expect(intervalWords(from, 300, from + 86_400, berlin)).toBe("1 Jan, 14:00–14:05");
    const second = seconds("2026-10-25T01:30:00Z");
    expect(intervalWords(second - 3_600, 300, second, berlin)).toBe("02:30–02:35 UTC+2");
    expect(intervalWords(second, 300, second, berlin)).toBe("02:30–02:35 UTC+1");
  });
});
