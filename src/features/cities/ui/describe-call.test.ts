import { describe, expect, it } from "vitest";
import { describeInput } from "./describe-call";

describe("describeInput", () => {
  it.each([
    [{ q: "kyoto", limit: 8 }, "“kyoto”"],
    [{ q: "kyoto", country: "JP" }, "“kyoto” in JP"],
    [{ q: "x".repeat(50) }, `“${"x".repeat(40)}…”`],
    [{ id: 1850147 }, "1850147"],
    [{ ids: [1, 2, 3] }, "3 ids"],
    [{ lat: 35.68951, lon: 139.69171, limit: 13 }, "35.69, 139.69"],
    [{ code: "JP" }, "JP"],
    [undefined, ""],
  ])("%o reads %s", (input, text) => {
    expect(describeInput(input)).toBe(text);
  });
});
