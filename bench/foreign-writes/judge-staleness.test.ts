import { expect, test } from "vitest";
import type { Record } from "../cache-stale/record";
import { judgeStaleness } from "./judge-staleness";

const record = (kind: Record["kind"], value: number, atMs: number, key = 1): Record => ({
  kind,
  process: 1,
  key,
  value,
  epoch: 0,
  atNs: atMs * 1e6,
  begunNs: 0,
});
const write = (value: number, atMs: number, key = 1): Record => record("applied", value, atMs, key);
const read = (value: number, atMs: number, key = 1): Record => record("read", value, atMs, key);

test("a read is behind by the time since the first confirmed write that it did not see", () => {
  const records = [write(1, 0), write(2, 100), write(3, 200), read(1, 150), read(3, 250), read(1, 700), read(2, 199)];
  const { reads, writes, behind, longestMs, stale } = judgeStaleness(records, 500);
  expect({ reads, writes, behind, longestMs }).toEqual({ reads: 4, writes: 3, behind: 2, longestMs: 600 });
  expect(stale).toEqual([{ key: 1, read: 1, lateMs: 600 }]);
});

test("a read that began before the confirmation, and one of another counter, is not behind", () => {
  const { behind } = judgeStaleness([write(1, 100), read(0, 100), read(0, 5_000, 2)], 500);
  expect(behind).toBe(0);
});

test("confirmations that overtake each other count from the earlier one", () => {
  const { longestMs } = judgeStaleness([write(1, 300), write(2, 100), read(0, 400)], 500);
  expect(longestMs).toBe(300);
});

test("an exempt time is counted and not judged", () => {
  const { behind, stale } = judgeStaleness([write(1, 0), read(0, 900)], 500, [{ fromNs: 8e8, untilNs: 1e9 }]);
  expect([behind, stale.length]).toEqual([1, 0]);
});
