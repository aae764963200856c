import { beforeEach, expect, test } from "vitest";
import type { Deadline, Deadlines } from "@weir/core/deadlines";
import { LinkedQueue } from "@weir/core/linked-queue";
import { runInScope, type Scope } from "@weir/core/scope";
import { createFence } from "../invalidation/fence";
import { createFlight, type FlightResult, rejectFlight, resolveFlight, waitForFlight } from "./flight";

const result: FlightResult = {
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

let pending = new LinkedQueue<Deadline["item"]>();
const deadlines: Deadlines = {
  set: (atMs, expire) => pending.push({ atMs, expire }),
  clear: (deadline) => void pending.remove(deadline),
};
beforeEach(() => {
  pending = new LinkedQueue();
});

function join(scope: Scope) {
  const flight = createFlight("id", 0, 1000, createFence({ maxMarks: 2 }));
  return { flight, waiting: runInScope(scope, () => waitForFlight(deadlines, flight)) };
}

test("a reader waits until its request's deadline, and no longer than its flight", async () => {
  const one = join(request);
  expect(pending.nodes().map(({ item }) => item.atMs)).toEqual([1234]);
  resolveFlight(one.flight, result);
  expect(await one.waiting).toBe(result);
  expect(pending.size).toBe(0);
  const other = join(request);
  rejectFlight(other.flight, "no luck");
  await expect(other.waiting).rejects.toBe("no luck");
  expect(pending.size).toBe(0);
});

test("a reader whose deadline has passed rejects, whatever its flight returns later", async () => {
  const { flight, waiting } = join(request);
  for (const { item } of pending.nodes()) item.expire();
  resolveFlight(flight, result);
  await expect(waiting).rejects.toMatchObject({ code: "CACHE_LOAD_TIMEOUT" });
});

test("a reader whose request has no deadline waits for its flight alone", async () => {
  const { flight, waiting } = join({ ...request, deadlineAtMs: null });
  expect(pending.size).toBe(0);
  resolveFlight(flight, result);
  expect(await waiting).toBe(result);
});
