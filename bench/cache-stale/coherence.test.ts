import { expect, test } from "vitest";
import { measureCoherence } from "./coherence";
import type { Kind, Record } from "./record";

const record = (kind: Kind, epoch: number, atMs: number, begunMs = 0): Record => ({
  kind,
  process: 1,
  key: 1,
  value: 1,
  epoch,
  atNs: atMs * 1e6,
  begunNs: begunMs * 1e6,
});

test("delays count from the call, for the caller, for the others and for the fleet", () => {
  const { local, others, fleet } = measureCoherence(
    [
      record("applied", 1, 103, 100),
      record("heard", 1, 108),
      record("heard", 1, 109),
      record("fleet", 2, 250, 200),
      record("heard", 2, 204),
      record("heard", 7, 900),
      record("applied", 3, 5000, 4000),
      record("heard", 3, 4500),
    ],
    50e6,
    4000e6,
  );
  expect(local).toEqual({ count: 1, p50: 3, p99: 3, max: 3 });
  expect(others).toEqual({ count: 3, p50: 8, p99: 9, max: 9 });
  expect(fleet).toEqual({ count: 1, p50: 50, p99: 50, max: 50 });
});

test("without invalidations there are no delays", () => {
  expect(measureCoherence([record("read", 0, 1)], 1, 9e9).local).toEqual({ count: 0, p50: NaN, p99: NaN, max: NaN });
});
