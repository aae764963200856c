import { describe, expect, it } from "vitest";
import { exactCpuTimeMs, parseSchedstat } from "./exact-cpu-time";

describe("exactCpuTimeMs", () => {
  it("reads nanoseconds", () => {
    expect(parseSchedstat("154961000 4796894 2\n")).toBeCloseTo(154.961, 6);
  });

  it("grows by what this process uses", () => {
    const before = exactCpuTimeMs(process.pid);
    const own = process.cpuUsage();
    let sum = 0;
    while (process.cpuUsage(own).user < 50_000) sum += Math.sqrt(sum + 1);
    expect(sum).toBeGreaterThan(0);
    expect(exactCpuTimeMs(process.pid) - before).toBeGreaterThan(25);
  });

  it("throws for a process that is not there", () => {
    expect(() => exactCpuTimeMs(2 ** 22 + 1)).toThrow(/ENOENT/);
  });
});
