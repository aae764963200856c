import { expect, test } from "vitest";
import type { RequestScope, Scope } from "@weir/core/scope";
import { type Candidate, Keeper, type KeeperOptions } from "./keeper";
import { RecordingPool } from "./recording";

type Ended = {
  procedure?: string;
  durationMs?: number;
  errorCode?: string | null;
  statements?: string[];
  origin?: Scope["origin"];
};

function openKeeper(options: Partial<KeeperOptions> = {}) {
  const pool = new RecordingPool();
  const kept: Candidate[] = [];
  let released = 0;
  const keeper = new Keeper({
    sampleRatio: 0,
    minRepeats: 5,
    wantsSampledByCaller: () => false,
    random: () => 0.5,
    now: () => 0,
    keep: (candidate) => {
      kept.push(candidate);
      pool.give(candidate.recording);
    },
    release: (recording) => {
      released += 1;
      pool.give(recording);
    },
    ...options,
  });
  const end = (ended: Ended, request: RequestScope = { id: "r" }): void => {
    const { procedure = "p", durationMs = 1, errorCode = null, statements = [], origin = "app" } = ended;
    const scope: Scope = { request, origin, procedure, deadlineAtMs: null };
    const recording = pool.take(request, scope);
    for (const name of statements) {
      recording.statements += 1;
      recording.note({ statement: name, text: "", waitMs: 0, durationMs: 1, rows: 1, ok: true }, scope, 1, 1);
    }
    recording.called(procedure, durationMs, errorCode, origin);
    keeper.ended(recording, { request, durationMs, endMs: 0, calls: 1 });
  };
  const takeKept = () => kept.splice(0).map(({ durationMs, kinds }) => [durationMs, [...kinds].toSorted().join(" ")]);
  return { keeper, end, takeKept, pool, released: () => released };
}

test("keeps the three slowest of a procedure when the minute ends and releases the others at once", () => {
  const { keeper, end, takeKept, pool } = openKeeper();
  for (const durationMs of [5, 1, 9, 3, 7, 2]) end({ durationMs });
  for (const durationMs of [0.1, 0.2]) end({ durationMs, procedure: "q" });
  expect(takeKept()).toEqual([]);
  expect(pool.inUse).toBe(5);
  keeper.turn();
  expect(takeKept()).toEqual([
    [9, "slowest"],
    [7, "slowest"],
    [5, "slowest"],
    [0.2, "slowest"],
    [0.1, "slowest"],
  ]);
  expect(pool.inUse).toBe(0);
  end({ durationMs: 0.5 });
  keeper.turn();
  expect(takeKept()).toEqual([[0.5, "slowest"]]);
});

test("load lab requests are ranked separately", () => {
  const { keeper, end, takeKept } = openKeeper({ slowest: 1 });
  end({ durationMs: 100, origin: "lab" });
  end({ durationMs: 2 });
  keeper.turn();
  expect(takeKept().map(([durationMs]) => durationMs)).toEqual([100, 2]);
});

test("keeps server faults at once, up to a limit per minute, and no caller errors", () => {
  const { keeper, end, takeKept } = openKeeper({ maxFailures: 2, slowest: 0 });
  for (let times = 0; times < 5; times += 1) end({ errorCode: "INTERNAL_SERVER_ERROR" });
  end({ errorCode: "NOT_FOUND" });
  expect(takeKept()).toEqual([
    [1, "failed"],
    [1, "failed"],
  ]);
  keeper.turn();
  end({ errorCode: "TIMEOUT" });
  expect(takeKept()).toEqual([[1, "failed"]]);
});

test("the sample takes its share, including rejected calls", () => {
  let next = 0;
  const { end, takeKept } = openKeeper({ sampleRatio: 0.25, slowest: 0, random: () => (next++ % 4) / 4 });
  for (let times = 0; times < 8; times += 1) end({ durationMs: times, errorCode: "NOT_FOUND" });
  expect(takeKept()).toEqual([
    [0, "sampled"],
    [4, "sampled"],
  ]);
});

test("keeps a sampled slow request once, even when slower ones displace it", () => {
  const { keeper, end, takeKept, pool } = openKeeper({ sampleRatio: 1, slowest: 1 });
  end({ durationMs: 5 });
  expect(takeKept()).toEqual([]);
  end({ durationMs: 9 });
  expect(takeKept()).toEqual([[5, "sampled"]]);
  keeper.turn();
  expect(takeKept()).toEqual([[9, "sampled slowest"]]);
  expect(pool.inUse).toBe(0);
});

test("keeps the worst repeat of a statement per procedure and minute, however fast", () => {
  const { keeper, end, takeKept } = openKeeper({ slowest: 1 });
  end({ durationMs: 100 });
  end({ durationMs: 2, statements: Array.from({ length: 6 }, () => "s") });
  end({ durationMs: 3, statements: Array.from({ length: 5 }, () => "s") });
  end({ durationMs: 1, statements: ["a", "b", "c", "d", "e"] });
  keeper.turn();
  expect(takeKept()).toEqual([
    [100, "slowest"],
    [2, "repeated"],
  ]);
});

test("keeps a request that only its caller records if traces are exported", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (const wants of [true, false]) {
    const { end, takeKept } = openKeeper({ slowest: 0, wantsSampledByCaller: () => wants });
    end({}, { id: "r", traceparent });
    expect(takeKept()).toEqual(wants ? [[1, ""]] : []);
  }
});

test("procedures beyond the limit are not ranked", () => {
  const { keeper, end, takeKept } = openKeeper({ maxProcedures: 2, slowest: 1 });
  for (const procedure of ["a", "b", "c", "d"]) end({ procedure });
  keeper.turn();
  expect(takeKept()).toHaveLength(2);
});

test("streams have no trace", () => {
  const { keeper, pool, released } = openKeeper({ sampleRatio: 1 });
  const request = { id: "r" };
  const recording = pool.take(request, { request, origin: "app", procedure: "p", deadlineAtMs: null });
  recording.isStream = true;
  keeper.ended(recording, { request, durationMs: 1, endMs: 0, calls: 1 });
  keeper.turn();
  expect(released()).toBe(1);
  expect(pool.inUse).toBe(0);
});
