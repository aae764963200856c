import fc from "fast-check";
import { expect, test } from "vitest";
import { createFence, createTrust, type Invalidation } from "./fence";

const clock = (epoch: number) => ({ incarnation: "one", epoch, purgeFloor: 0, expireFloor: 0 });
const entry = (epoch: number, given: Partial<Invalidation> = {}): Invalidation => ({
  incarnation: "one",
  epoch,
  mode: "purge",
  all: false,
  marks: [],
  ...given,
});

const names = ["a", "b", "c", "d", "e", "f"];
const step = fc.record({
  mode: fc.constantFrom("purge" as const, "expire" as const),
  marks: fc.subarray(names, { minLength: 1, maxLength: 2 }),
});

test("the fence never judges valid what the full history voids, and forgets only on the safe side", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.subarray(names), fc.nat(40), (history, marks, since) => {
      const fence = createFence({ maxMarks: 6 });
      fence.reset(clock(0));
      const log = history.map((given, index) => entry(index + 1, given));
      for (const one of log) expect(fence.applyLogged(one)).toBe(true);
      const touching = log.filter((one) => one.epoch > since && one.marks.some((mark) => marks.includes(mark)));
      const verdict = fence.judge(marks, since);
      const isVoid = touching.some(({ mode }) => mode === "purge") || !fence.covers(since);
      expect(verdict).toBe(isVoid ? "void" : touching.length > 0 ? "expired" : "valid");
    }),
  );
});

test("everything can be purged or expired at once", () => {
  const fence = createFence({ maxMarks: 100 });
  fence.reset(clock(0));
  fence.applyLogged(entry(1, { mode: "expire", all: true }));
  expect([fence.judge(["a"], 0), fence.judge(["a"], 1)]).toEqual(["expired", "valid"]);
  fence.applyLogged(entry(2, { all: true }));
  expect([fence.judge(["a"], 1), fence.judge(["a"], 2)]).toEqual(["void", "valid"]);
});

test("the log applies only the successor of the last entry", () => {
  const fence = createFence({ maxMarks: 100 });
  fence.reset(clock(5));
  for (const wrong of [entry(5), entry(7), entry(1), entry(6, { incarnation: "two" })]) {
    expect(fence.applyLogged(wrong)).toBe(false);
  }
  expect([fence.applied, fence.applyLogged(entry(6)), fence.applied]).toEqual([5, true, 6]);
});

test("a reply ahead of the log counts at once and does not close the gap", () => {
  const fence = createFence({ maxMarks: 100 });
  fence.reset(clock(5));
  fence.applyReplied(entry(8, { marks: ["a"] }));
  expect([fence.applied, fence.known, fence.judge(["a"], 7), fence.judge(["a"], 8)]).toEqual([5, 8, "void", "valid"]);
  fence.applyLogged(entry(6, { marks: ["a"] }));
  expect([fence.applied, fence.judge(["a"], 7)]).toEqual([6, "void"]);
});

test("a reply of another incarnation voids everything", () => {
  const fence = createFence({ maxMarks: 100 });
  fence.reset(clock(5));
  const { generation } = fence;
  fence.applyReplied(entry(6, { incarnation: "two", marks: ["a"] }));
  expect([fence.generation > generation, fence.known]).toEqual([true, 5]);
});

test("announced marks are void until every announcement has ended", () => {
  const fence = createFence({ maxMarks: 100 });
  fence.reset(clock(5));
  const endFirst = fence.announce(["a"], false);
  const endSecond = fence.announce(["a", "b"], false);
  const endAll = fence.announce([], true);
  expect(fence.judge(["z"], 5)).toBe("void");
  endAll();
  endAll();
  endFirst();
  expect([fence.judge(["a"], 5), fence.judge(["b"], 5), fence.judge(["z"], 5)]).toEqual(["void", "void", "valid"]);
  endSecond();
  expect([fence.judge(["a"], 5), fence.judge(["b"], 5)]).toEqual(["valid", "valid"]);
});

test("every change of what is known increments the sequence", () => {
  const fence = createFence({ maxMarks: 100 });
  let last = fence.sequence;
  const moved = (): boolean => {
    const before = last;
    last = fence.sequence;
    return last > before;
  };
  fence.reset(clock(5));
  expect(moved()).toBe(true);
  fence.applyLogged(entry(6));
  expect(moved()).toBe(true);
  fence.applyReplied(entry(9));
  expect(moved()).toBe(true);
  const end = fence.announce(["a"], false);
  expect(moved()).toBe(true);
  end();
  expect(moved()).toBe(true);
  fence.flush();
  expect(moved()).toBe(true);
});

test("trust runs from when the request was sent, and the latest request counts", () => {
  const trust = createTrust(100);
  expect(trust.holds(0, 0)).toBe(false);
  trust.extend(50);
  trust.extend(20);
  expect([trust.holds(149, 0), trust.holds(150, 0), trust.holds(159, 10), trust.holds(160, 10)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test("the reply to an earlier request does not restore withdrawn trust", () => {
  const trust = createTrust(100);
  trust.extend(50);
  trust.withdraw(60);
  expect(trust.holds(60, 1_000_000)).toBe(false);
  trust.extend(59);
  expect(trust.holds(60, 0)).toBe(false);
  trust.extend(61);
  expect(trust.holds(62, 0)).toBe(true);
});
