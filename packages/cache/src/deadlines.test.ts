import { connect, createServer } from "node:net";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { currentScope, runInScope, type Scope } from "@weir/core/scope";
import { createDeadlines, type Deadlines } from "./deadlines";

const request: Scope = { request: { id: "test" }, origin: "app", procedure: null, deadlineAtMs: null };

/** Waits that long. Resolves with the time at which it was given up. */
function givenUp(deadlines: Deadlines, inMs: number): Promise<number> {
  return new Promise((resolve) => {
    deadlines.begin({ untilMs: performance.now() + inMs, giveUp: () => resolve(performance.now()) });
  });
}

test("each wait is given up after its time and never before, also one that begins while others go on", async () => {
  const deadlines = createDeadlines();
  const beganAtMs = performance.now();
  const times = [60, 5, -5, 30, 5];
  const waits = times.map((ms) => givenUp(deadlines, ms));
  await waits[1];
  const late = givenUp(deadlines, 1);
  for (const [index, ms] of times.entries()) expect(await waits[index]).toBeGreaterThanOrEqual(beganAtMs + ms);
  await late;
});

test("what has ended is not given up, nor is anything given up twice", async () => {
  const deadlines = createDeadlines();
  let calls = 0;
  const ended = { untilMs: performance.now(), giveUp: () => (calls += 1) };
  deadlines.end(deadlines.begin(ended));
  const counted = { untilMs: performance.now(), giveUp: () => (calls += 1) };
  const begun = deadlines.begin(counted);
  await givenUp(deadlines, 0);
  await givenUp(deadlines, 0);
  expect(calls).toBe(1);
  deadlines.end(begun);
});

test("without waits there is no timer, and with the next one it looks again", () => {
  vi.useFakeTimers();
  try {
    const deadlines = createDeadlines();
    let calls = 0;
    for (const count of [1, 2]) {
      deadlines.begin({ untilMs: performance.now() + 100, giveUp: () => (calls += 1) });
      deadlines.begin({ untilMs: performance.now() + 200, giveUp: () => undefined });
      vi.advanceTimersByTime(99);
      expect([calls, vi.getTimerCount()]).toEqual([count - 1, 1]);
      vi.advanceTimersByTime(40);
      expect(calls).toBe(count);
      vi.advanceTimersByTime(200);
      expect(vi.getTimerCount()).toBe(0);
    }
  } finally {
    vi.useRealTimers();
  }
});

test("nothing is given up in the name of a request", async () => {
  const deadlines = createDeadlines();
  const scope = await runInScope(
    request,
    () =>
      new Promise<Scope | undefined>((resolve) => {
        deadlines.begin({ untilMs: 0, giveUp: () => resolve(currentScope()) });
      }),
  );
  expect(scope).toBeUndefined();
});

test("an answer that waits behind a busy event loop still counts", async () => {
  const deadlines = createDeadlines();
  const server = createServer((socket) => socket.end("here"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const socket = connect(address !== null && typeof address === "object" ? address.port : 0, "127.0.0.1");
  await once(socket, "connect");
  const answer = new Promise((resolve) => {
    const wait = { untilMs: performance.now() + 5, giveUp: () => resolve("given up") };
    const begun = deadlines.begin(wait);
    socket.once("data", (text) => {
      deadlines.end(begun);
      resolve(String(text));
    });
  });
  // The kernel receives the bytes meanwhile; the time is over when the loop gets to look.
  await new Promise(setImmediate);
  const until = performance.now() + 100;
  while (performance.now() < until);
  expect(await answer).toBe("here");
  socket.destroy();
  server.close();
});
