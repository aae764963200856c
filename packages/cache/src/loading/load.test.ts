import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { openLoadContext } from "./load";

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

test("a load's signal is its own, and ends with the cache", () => {
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

test("a signal that is asked for after the end of the cache has ended", () => {
  const { context } = openLoadContext(AbortSignal.abort("closed"));
  expect([context.signal.aborted, context.signal.reason]).toEqual([true, "closed"]);
});

test("a load leaves nothing behind, whether it asked for its signal in time, never, or too late", () => {
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
