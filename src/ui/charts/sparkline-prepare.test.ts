import { describe, expect, it } from "vitest";
import { prepareSparkline } from "./sparkline-prepare";

describe("prepareSparkline", () => {
  it("draws from zero at the bottom to the maximum at the top, and the last step separately", () => {
    expect(prepareSparkline([0, 5, 10], 10, 100, 20)).toEqual({
      line: "M0 20L50 10",
      filling: "M50 10L100 0",
      dots: [],
    });
  });

  it("breaks the line at a gap and draws a single value as a dot", () => {
    expect(prepareSparkline([1, 1, null, 1, null, 1], 1, 100, 10)).toEqual({
      line: "M0 0L20 0",
      filling: "",
      dots: [
        { x: 60, y: 0 },
        { x: 100, y: 0 },
      ],
    });
  });

  it("lies at the bottom for all zeros, and centres a single value", () => {
    expect(prepareSparkline([0, 0, 0], 0, 10, 10).line).toBe("M0 10L5 10");
    expect(prepareSparkline([3], 3, 10, 10).dots).toEqual([{ x: 5, y: 0 }]);
    expect(prepareSparkline([null, null], 0, 10, 10)).toEqual({ line: "", filling: "", dots: [] });
  });
});
