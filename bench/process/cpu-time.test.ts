import { describe, expect, it } from "vitest";
import { cpuTimeMs, familyOf, parseStat } from "./cpu-time";

const line = (pid: number, name: string, parent: number): string =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 100 0 0 0 7 5 2 1 20 0 11 0 4711 1000 200`;

describe("CPU time", () => {
  it("is user and system time of the process and its ended children", () => {
    expect(parseStat(line(42, "node", 7))).toEqual({ pid: 42, parent: 7, ticks: 15 });
  });

  it("is parsed after a name with brackets and spaces", () => {
    expect(parseStat(line(42, "a) R 1 (b", 7))).toEqual({ pid: 42, parent: 7, ticks: 15 });
  });

  it("counts grandchildren but not unrelated processes", () => {
    const stats = [line(3, "c", 2), line(1, "a", 0), line(2, "b", 1), line(9, "x", 8)].map(parseStat);
    expect(familyOf(1, stats).map(({ pid }) => pid)).toEqual([1, 2, 3]);
  });

  it("grows while a process works", () => {
    const before = cpuTimeMs(process.pid);
    const own = process.cpuUsage();
    let spent = 0;
    while (spent < 100_000) {
      const { user, system } = process.cpuUsage(own);
      spent = user + system;
    }
    expect(cpuTimeMs(process.pid) - before).toBeGreaterThanOrEqual(70);
  });

  it("throws for a process that has ended", () => {
    expect(() => cpuTimeMs(2 ** 30)).toThrow("has ended");
  });
});
