import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeReads } from "./judge-reads";
import { createRecorder, type Kind, readRecords, type Record } from "./record";

const trustMs = 3000;
const record = (kind: Kind, process: number, value: number, atMs: number, epoch = 0): Record => ({
  kind,
  process,
  key: 1,
  value,
  epoch,
  atNs: atMs * 1e6,
  begunNs: 0,
});
const promisesBroken = (...records: Record[]) => judgeReads(records, trustMs).stale.map(({ promise }) => promise);

test("a read on the acknowledged node is stale at once, one that started before is not", () => {
  expect(promisesBroken(record("applied", 1, 5, 10, 7), record("read", 1, 4, 11))).toEqual(["own"]);
  expect(promisesBroken(record("queued", 1, 5, 10), record("read", 1, 4, 11))).toEqual(["own"]);
  expect(promisesBroken(record("applied", 1, 5, 10, 7), record("read", 1, 4, 9))).toEqual([]);
  expect(promisesBroken(record("applied", 1, 5, 10, 7), record("read", 1, 4, 10))).toEqual([]);
  expect(promisesBroken(record("applied", 1, 5, 10, 7), record("read", 1, 5, 11))).toEqual([]);
});

test("a read on another node is stale once its log has delivered the entry, or its trust has expired", () => {
  const applied = record("applied", 1, 5, 10, 7);
  expect(promisesBroken(applied, record("read", 2, 4, 20))).toEqual([]);
  expect(promisesBroken(applied, record("heard", 2, 0, 15, 7), record("read", 2, 4, 20))).toEqual(["heard"]);
  expect(promisesBroken(applied, record("heard", 3, 0, 15, 7), record("read", 2, 4, 20))).toEqual([]);
  expect(promisesBroken(applied, record("heard", 2, 0, 15, 8), record("read", 2, 4, 20))).toEqual([]);
  expect(promisesBroken(applied, record("read", 2, 4, 3009))).toEqual([]);
  expect(promisesBroken(applied, record("read", 2, 4, 3011))).toEqual(["trust"]);
});

test("a queued invalidation binds no other node", () => {
  expect(promisesBroken(record("queued", 1, 5, 10), record("read", 2, 4, 9000))).toEqual([]);
});

test("a fleet confirmation binds every node at once, including a restarted one", () => {
  const fleet = record("fleet", 1, 5, 10, 7);
  expect(promisesBroken(fleet, record("read", 2, 4, 11))).toEqual(["fleet"]);
  expect(promisesBroken(fleet, record("read", 9, 4, 11))).toEqual(["fleet"]);
  expect(promisesBroken(fleet, record("read", 2, 5, 11))).toEqual([]);
});

test("reads behind another node's acknowledgement are counted, but allowed", () => {
  const { stale, behindOtherNodes, reads } = judgeReads(
    [record("applied", 1, 5, 10, 7), record("read", 2, 4, 11), record("read", 2, 5, 12)],
    trustMs,
  );
  expect({ stale, behindOtherNodes, reads }).toEqual({ stale: [], behindOtherNodes: 1, reads: 2 });
});

test("a single stale read among correct ones is found in any position", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 60 }), fc.nat(), (gaps, where) => {
      const records: Record[] = [];
      let atMs = 0;
      let value = 0;
      for (const gap of gaps) {
        value += 1;
        records.push(record("fleet", gap % 4, value, (atMs += 1), value));
        records.push(record("read", gap % 3, value, (atMs += gap + 1)));
      }
      expect(judgeReads(records, trustMs).stale).toEqual([]);
      const index = 2 * (where % gaps.length) + 1;
      const right = records[index];
      if (right === undefined) throw new Error("There is a read after each write.");
      records[index] = { ...right, value: right.value - 1 };
      expect(judgeReads(records.toReversed(), trustMs).stale).toHaveLength(1);
    }),
  );
});

test("records survive a file, except for a torn end", () => {
  const pages: Buffer[] = [];
  const recorder = createRecorder((page) => pages.push(Buffer.from(page)));
  const written = Array.from({ length: 5000 }, (_none, index) => ({
    ...record(index % 2 === 0 ? "read" : "heard", index % 300, index, index * 7),
    begunNs: 123_456_789_012_345,
  }));
  for (const one of written) recorder.add(one);
  recorder.flush();
  const bytes = Buffer.concat(pages);
  expect([...readRecords(bytes)]).toEqual(written);
  expect([...readRecords(bytes.subarray(0, -1))]).toEqual(written.slice(0, -1));
});
