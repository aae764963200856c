import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDistance, formatDuration, formatLarge, formatRate, formatShare, readAloud } from "./numbers";

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [0.0421, "0.042 ms"],
    [0.31, "0.31 ms"],
    [9.996, "10.0 ms"],
    [174.4, "174 ms"],
    [999.6, "1.00 s"],
    [12_400, "12.4 s"],
    [599_700, "10.0 min"],
    [null, "–"],
  ])("%s ms reads %s", (ms, text) => {
    expect(readAloud(formatDuration(ms))).toBe(text);
  });

  it("is the measured value, rounded to the digits shown", () => {
    const scale = { ms: 1, s: 1_000, min: 60_000 };
    fc.assert(
      fc.property(fc.double({ min: 0, max: 5e6, noNaN: true }), (ms) => {
        const { value, unit } = formatDuration(ms);
        const factor = scale[unit as keyof typeof scale];
        const lastDigit = factor / 10 ** (value.split(".")[1]?.length ?? 0);
        const shown = Number(value.replaceAll(",", "")) * factor;
        // The last term is the rounding error of doubles of this size.
        expect(Math.abs(shown - ms)).toBeLessThanOrEqual(lastDigit / 2 + ms * 1e-12);
      }),
      { examples: [[0.10101010101010102], [0.0995], [9.995], [999.5], [599_500]] },
    );
  });

  it("shows two significant digits from a tenth of a millisecond, three from one", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 5e6, noNaN: true }), (ms) => {
        const digits = formatDuration(ms).value.replace(/\D/g, "").replace(/^0+/, "").length;
        expect(digits).toBeGreaterThanOrEqual(ms < 0.995 ? 2 : 3);
      }),
    );
  });
});

describe("shares", () => {
  it("never rounds to 0 or 100 per cent", () => {
    expect(readAloud(formatShare(0.99999))).toBe(">99.9 %");
    expect(readAloud(formatShare(0.00001))).toBe("<0.1 %");
    expect(readAloud(formatShare(1))).toBe("100.0 %");
    expect(readAloud(formatShare(0))).toBe("0.0 %");
    expect(readAloud(formatShare(0.978))).toBe("97.8 %");
    expect(readAloud(formatShare(null))).toBe("–");
  });
});

describe("large numbers, distances and rates", () => {
  it("shortens without changing the order of magnitude", () => {
    expect(
      [950, 9_999, 10_000, 417_910, 8_336_599, 22_315_474, 1.4e9].map((value) => readAloud(formatLarge(value))),
    ).toEqual(["950", "9,999", "10 k", "418 k", "8.34 M", "22.3 M", "1.40 G"]);
  });

  it("adds a decimal to small values", () => {
    expect([8.04, 99.94, 99.96, 1_234].map((km) => readAloud(formatDistance(km)))).toEqual([
      "8.0 km",
      "99.9 km",
      "100 km",
      "1,234 km",
    ]);
    expect([0, 0.02, 3.25, 480.2].map((rate) => readAloud(formatRate(rate)))).toEqual([
      "0 /s",
      "0.02 /s",
      "3.3 /s",
      "480 /s",
    ]);
  });
});
