import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { openServer } from "../conformance/open-server";
import { lazySignal } from "./lazy-signal";

type Visit = AsyncDisposable & {
  signal: AbortSignal;
  res: ServerResponse;
  /** Disconnects the client before its response. Resolves when the server has noticed. */
  leave: () => Promise<void>;
};

/** A request in flight, and the signal of its client's presence. */
async function visit(): Promise<Visit> {
  const open = await openServer(() => undefined);
  const socket = connect(open.port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  // What the server emits with a request.
  const [, res] = (await once(open.server, "request")) as [unknown, ServerResponse];
  const leave = async (): Promise<void> => {
    const gone = once(res, "close");
    socket.destroy();
    await gone;
  };
  const end = async (): Promise<void> => {
    socket.destroy();
    await open[Symbol.asyncDispose]();
  };
  return { signal: lazySignal(res), res, leave, [Symbol.asyncDispose]: end };
}

test("a lazy signal works as an AbortSignal", async () => {
  await using guest = await visit();
  expect(guest.signal).toBeInstanceOf(AbortSignal);
  expect(Object.prototype.toString.call(guest.signal)).toBe("[object AbortSignal]");
  expect("aborted" in guest.signal).toBe(true);
  expect(guest.signal.aborted).toBe(false);
  expect(() => guest.signal.throwIfAborted()).not.toThrow();
});

test("a lazy signal adds no listener until it is read", async () => {
  await using guest = await visit();
  const before = guest.res.listenerCount("close");
  const options = { signal: guest.signal };
  const copy = { ...options, path: "hello" };
  expect(guest.res.listenerCount("close")).toBe(before);
  expect(copy.signal.aborted).toBe(false);
  expect(guest.res.listenerCount("close")).toBe(before + 1);
});

test("a client that disconnects aborts everything that took the signal", async () => {
  await using guest = await visit();
  const { signal } = guest;
  const heard: string[] = [];
  signal.addEventListener("abort", () => heard.push("listener"));
  Object.assign(signal, { onabort: () => heard.push("handler") });
  const any = AbortSignal.any([signal, new AbortController().signal]);
  await using slow = await openServer(() => undefined);
  const waiting = Promise.allSettled([
    pause(60_000, undefined, { signal }),
    once(guest.res, "never", { signal }),
    fetch(slow.origin, { signal }),
  ]);
  await guest.leave();
  const ends = await waiting;
  for (const end of ends) expect(end).toMatchObject({ status: "rejected", reason: { name: "AbortError" } });
  expect(heard).toEqual(["listener", "handler"]);
  expect(any.aborted).toBe(true);
  expect(signal.reason).toBeInstanceOf(DOMException);
});

test("a signal that is first read after the client disconnected is aborted", async () => {
  await using guest = await visit();
  await guest.leave();
  expect(guest.signal.aborted).toBe(true);
});

test("a response that was sent is never followed by an abort", async () => {
  await using early = await visit();
  expect(early.signal.aborted).toBe(false);
  early.res.end("done");
  await early.leave();
  expect(early.signal.aborted).toBe(false);

  await using late = await visit();
  late.res.end("done");
  await late.leave();
  expect(late.signal.aborted).toBe(false);
});
