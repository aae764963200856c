import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { openLoadContext } from "./load";

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

test("each load has its own signal, which aborts when the cache is closed", () => {
  const closing = new AbortController();
  const one = openLoadContext(closing.signal);
  const other = openLoadContext(closing.signal);
  const { signal } = one.context;
  expect(one.context.signal).toBe(signal);
  expect(other.context.signal).not.toBe(signal);
  expect(signal.aborted).toBe(false);
  closing.abort("closed");
  expect([signal.aborted, signal.reason, other.context.signal.aborted]).toEqual([true, "closed", true]);
});

test("a signal that is accessed after the cache was closed is aborted", () => {
  const { context } = openLoadContext(AbortSignal.abort("closed"));
  expect([context.signal.aborted, context.signal.reason]).toEqual([true, "closed"]);
});

test("a load leaves no listener behind, whether it accesses its signal in time, never, or too late", () => {
  const closing = new AbortController();
  const asked = openLoadContext(closing.signal);
  expect(asked.context.signal.aborted).toBe(false);
  expect(listenersOf(closing.signal)).toBe(1);
  asked.close();
  openLoadContext(closing.signal).close();
  const late = openLoadContext(closing.signal);
  late.close();
  expect(late.context.signal.aborted).toBe(false);
  expect(listenersOf(closing.signal)).toBe(0);
});
