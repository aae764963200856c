import { describe, expect, it } from "vitest";
import { warmUp } from "./warm-up";

function steps(requests: number, ...speeds: number[]) {
  let taken = 0;
  return {
    step: () => Promise.resolve({ requests, requestsPerCpuSecond: speeds[taken++] ?? Number.NaN }),
    taken: () => taken,
  };
}

describe("warmUp", () => {
  it("continues while the server becomes faster", async () => {
    const { step, taken } = steps(1_000, 100, 200, 300, 310, 900);
    expect(await warmUp({ step, enough: 10, most: 10 })).toBe(true);
    expect(taken()).toBe(4);
  });

  it("continues until enough requests were answered, even if results are steady", async () => {
    const { step, taken } = steps(10, 100, 100, 100, 100, 100);
    expect(await warmUp({ step, enough: 40, most: 10 })).toBe(true);
    expect(taken()).toBe(4);
  });

  it("needs more than one step", async () => {
    const { step, taken } = steps(1_000, 100, 90, 900);
    expect(await warmUp({ step, enough: 10, most: 10 })).toBe(true);
    expect(taken()).toBe(2);
  });

  it("gives up after the maximum number of steps", async () => {
    const { step, taken } = steps(1_000, 100, 200, 400, 800);
    expect(await warmUp({ step, enough: 10, most: 3 })).toBe(false);
    expect(taken()).toBe(3);
  });
});
