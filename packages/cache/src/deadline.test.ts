import { beforeEach, expect, test } from "vitest";
import { runInScope, type Scope } from "@weir/core/scope";
import { LinkedQueue } from "@weir/core/linked-queue";
import { withinOwnDeadline } from "./deadline";
import type { Deadlines, Wait } from "./deadlines";
import { createFence } from "./fence";
import { createFlight, fail, land, type Landed } from "./flight";

const landed: Landed = {
  value: 1,
  from: "load",
  stale: false,
  isDue: false,
  stamp: "",
  marks: [],
  epoch: 0,
  loadMs: 1,
};
const request: Scope = { request: { id: "test" }, origin: "app", procedure: null, deadlineAtMs: 1234 };

let waits = new LinkedQueue<Wait>();
const deadlines: Deadlines = { begin: (wait) => waits.push(wait), end: (begun) => void waits.remove(begun) };
beforeEach(() => {
  waits = new LinkedQueue<Wait>();
});

function board(scope: Scope) {
  const flight = createFlight("id", 0, 1000, createFence({ mostMarks: 2 }));
  return { flight, waiting: runInScope(scope, () => withinOwnDeadline(deadlines, flight)) };
}

test("a reader waits until its request's deadline, and no longer than its flight", async () => {
  const one = board(request);
  expect(waits.nodes().map(({ item }) => item.untilMs)).toEqual([1234]);
  land(one.flight, landed);
  expect(await one.waiting).toBe(landed);
  expect(waits.size).toBe(0);
  const other = board(request);
  fail(other.flight, "no luck");
  await expect(other.waiting).rejects.toBe("no luck");
  expect(waits.size).toBe(0);
});

test("a reader that gave up has failed, whatever its flight brings later", async () => {
  const { flight, waiting } = board(request);
  for (const { item } of waits.nodes()) item.giveUp();
  land(flight, landed);
  await expect(waiting).rejects.toMatchObject({ code: "CACHE_LOAD_TIMEOUT" });
});

test("a reader whose request has no deadline waits for its flight alone", async () => {
  const { flight, waiting } = board({ ...request, deadlineAtMs: null });
  expect(waits.size).toBe(0);
  land(flight, landed);
  expect(await waiting).toBe(landed);
});
