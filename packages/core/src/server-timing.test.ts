import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseServerTiming } from "./server-timing";

describe("parseServerTiming", () => {
  it("reads names, durations and quoted descriptions in the order of the header", () => {
    expect(parseServerTiming('total;dur=1.9, cache;desc="note.search l1";dur=0.4, sql')).toEqual([
      { name: "total", durationMs: 1.9, description: null },
      { name: "cache", durationMs: 0.4, description: "note.search l1" },
      { name: "sql", durationMs: null, description: null },
    ]);
  });

  it("keeps commas, semicolons and escaped quotes that stand inside a description", () => {
    expect(parseServerTiming(String.raw`a;desc="x, y; \"z\"";dur=2,b;dur=3`)).toEqual([
      { name: "a", durationMs: 2, description: 'x, y; "z"' },
      { name: "b", durationMs: 3, description: null },
    ]);
  });

  it("takes the first of a repeated parameter, and parameter names in any case", () => {
    expect(parseServerTiming("a;DUR=1;dur=2;Desc=one;desc=two")).toEqual([
      { name: "a", durationMs: 1, description: "one" },
    ]);
  });

  it("answers null for a duration that is no number, and nothing for an absent header", () => {
    expect(parseServerTiming("a;dur=soon, b;dur=, c;dur=Infinity").map((metric) => metric.durationMs)).toEqual([
      null,
      null,
      null,
    ]);
    expect(parseServerTiming(null)).toEqual([]);
    expect(parseServerTiming(" , ;dur=4")).toEqual([]);
  });

  it("reads back any description and duration that were written with quotes escaped", () => {
    const metric = fc.record({
      name: fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/),
      durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      description: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(metric, { minLength: 1, maxLength: 10 }), (metrics) => {
        const header = metrics
          .map(({ name, durationMs, description }) => {
            const escaped = description.replaceAll(/["\\]/g, String.raw`\$&`);
            return `${name};desc="${escaped}";dur=${durationMs}`;
          })
          .join(", ");
        expect(parseServerTiming(header)).toEqual(metrics);
      }),
    );
  });

  it("never throws, whatever the header holds", () => {
    fc.assert(fc.property(fc.string(), (header) => Array.isArray(parseServerTiming(header))));
  });
});
