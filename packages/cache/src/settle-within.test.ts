import { expect, test } from "vitest";
import { settleWithin, TookTooLong } from "./settle-within";

test("an answer in time is passed on, and so is a failure", async () => {
  expect(await settleWithin(Promise.resolve(1), 1000)).toBe(1);
  const failure = new Error("no");
  await expect(settleWithin(Promise.reject(failure), 1000)).rejects.toBe(failure);
});

test("without an answer it ends, and a failure that comes later disturbs nobody", async () => {
  let fail = (_error: Error): void => undefined;
  const work = new Promise((_resolve, reject) => {
    fail = reject;
  });
  await expect(settleWithin(work, 1)).rejects.toBeInstanceOf(TookTooLong);
  fail(new Error("late"));
  await new Promise(setImmediate);
});

test("an answer that waits behind a busy event loop still counts", async () => {
  const { createServer, connect } = await import("node:net");
  const server = createServer((socket) => socket.end("here"));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const answer = settleWithin(new Promise((resolve) => socket.once("data", resolve)), 5);
  // The kernel receives the bytes meanwhile; the timer is overdue when the loop gets to look.
  const until = performance.now() + 100;
  await new Promise(setImmediate);
  while (performance.now() < until);
  expect(String(await answer)).toBe("here");
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
