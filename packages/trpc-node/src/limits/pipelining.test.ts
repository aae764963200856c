import { connect } from "node:net";
import { initTRPC } from "@trpc/server";
import { expect, test } from "vitest";
import { waitUntil } from "@weir/embedded/processes";
import { openServer } from "../conformance/open-server";
import { createTrpcHandler } from "../trpc-handler";

const t = initTRPC.create();

/** A server whose calls end when the test says so, and what became of each. */
async function openGated() {
  const seen: { started: string[]; running: number; mostRunning: number; release: (() => void)[] } = {
    started: [],
    running: 0,
    mostRunning: 0,
    release: [],
  };
  const router = t.router({
    gated: t.procedure.input(String).query(async ({ input }) => {
      seen.started.push(input);
      seen.running += 1;
      seen.mostRunning = Math.max(seen.mostRunning, seen.running);
      await new Promise<void>((resolve) => seen.release.push(resolve));
      seen.running -= 1;
      return input;
    }),
  });
  const handler = createTrpcHandler({ router });
  const server = await openServer((req, res) => handler(req, res));
  const socket = connect(Number(new URL(server.origin).port), "127.0.0.1");
  socket.on("error", () => undefined);
  return {
    seen,
    socket,
    port: Number(new URL(server.origin).port),
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

const gated = (input: string, more = ""): string =>
  `GET /api/trpc/gated?input=%22${input}%22 HTTP/1.1\r\nhost: a\r\n${more}\r\n`;

test("calls on one connection run one at a time, so a pipeline holds one response", async () => {
  await using gate = await openGated();
  const { seen, socket } = gate;
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.write(gated("a") + gated("b") + gated("c", "connection: close\r\n"));
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await waitUntil(() => seen.release.length === 1, 10_000)).toBe(true);
    seen.release.pop()?.();
  }
  expect(await waitUntil(() => socket.destroyed || socket.readableEnded, 10_000)).toBe(true);
  expect(seen).toMatchObject({ started: ["a", "b", "c"], mostRunning: 1 });
  expect(text.match(/"data":"[abc]"/g)).toEqual(['"data":"a"', '"data":"b"', '"data":"c"']);
});

test("calls of a disconnected client do not start", async () => {
  await using gate = await openGated();
  const { seen, socket } = gate;
  socket.write(gated("a") + gated("b") + gated("c"));
  expect(await waitUntil(() => seen.release.length === 1, 10_000)).toBe(true);
  socket.destroy();
  const other = connect(gate.port, "127.0.0.1");
  other.write(gated("d"));
  expect(await waitUntil(() => seen.release.length === 2, 10_000)).toBe(true);
  for (const release of seen.release.splice(0)) release();
  expect(await waitUntil(() => seen.running === 0, 10_000)).toBe(true);
  expect(seen.started).toEqual(["a", "d"]);
  other.destroy();
});
