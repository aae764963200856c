import { beforeEach, expect, test } from "vitest";
import { runInScope, type Scope } from "@/server/scope";
import { withinOwnDeadline } from "./deadline";
import type { Deadlines, Wait } from "./deadlines";
import { createFence } from "./fence";
import { createFlight, fail, land, type Landed } from "./flight";

const landed: Landed = { value: 1, from: "load", stale: false, marks: [], epoch: 0, loadMs: 1 };
const request: Scope = { request: { id: "test" }, origin: "app", procedure: null, deadlineAtMs: 1234 };

const waits = new Set<Wait>();
const deadlines: Deadlines = { begin: (wait) => void waits.add(wait), end: (wait) => void waits.delete(wait) };
beforeEach(() => waits.clear());

function board(scope: Scope) {
  const flight = createFlight("id", 0, createFence({ mostMarks: 2 }));
  return { flight, waiting: runInScope(scope, () => withinOwnDeadline(deadlines, flight)) };
}

test("a reader waits until its request's deadline, and no longer than its flight", async () => {
  const one = board(request);
  expect([...waits].map(({ untilMs }) => untilMs)).toEqual([1234]);
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
  for (const wait of waits) wait.giveUp();
  land(flight, landed);
  await expect(waiting).rejects.toMatchObject({ code: "CACHE_LOAD_TIMEOUT" });
});

test("a reader whose request has no deadline waits for its flight alone", async () => {
  const { flight, waiting } = board({ ...request, deadlineAtMs: null });
  expect(waits.size).toBe(0);
  land(flight, landed);
  expect(await waiting).toBe(landed);
});
