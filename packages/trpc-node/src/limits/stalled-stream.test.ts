import { connect } from "node:net";
import { initTRPC } from "@trpc/server";
import { expect, test } from "vitest";
import { waitUntil } from "@weir/embedded/processes";
import { openServer } from "../conformance/open-server";
import { createTrpcHandler } from "../trpc-handler";

const t = initTRPC.create({ sse: { ping: { enabled: true, intervalMs: 50 } } });

test("a stream whose client stops reading is cut off, and a quiet stream is not", async () => {
  const state = { sent: 0, isOver: false };
  const router = t.router({
    flood: t.procedure.subscription(async function* flood() {
      try {
        for (;;) {
          state.sent += 1;
          yield "x".repeat(1_000_000);
        }
      } finally {
        state.isOver = true;
      }
    }),
    quiet: t.procedure.subscription(async function* quiet({ signal }) {
      yield "here";
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    }),
  });
  const handler = createTrpcHandler({ router, limits: { stalledStreamMs: 400 } });
  await using server = await openServer((req, res) => handler(req, res));

  const quiet = await fetch(`${server.origin}/api/trpc/quiet`);
  const reader = quiet.body?.getReader();
  const socket = connect(Number(new URL(server.origin).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.pause();
  socket.write("GET /api/trpc/flood HTTP/1.1\r\nhost: localhost\r\n\r\n");
  expect(await waitUntil(() => state.isOver, 20_000)).toBe(true);
  // What the sockets of both ends hold, and no more.
  expect(state.sent).toBeLessThan(100);
  socket.destroy();

  let text = "";
  while (!text.includes("event: ping")) text += new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
}, 30_000);
