import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startTestApp } from "@/dev/test-app";
import { defaultLimits } from "@weir/trpc-node";

test("pages also count against the requests in flight on one connection", async () => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let begun = 0;
  await using app = await startTestApp({
    pages: async (_req, res) => {
      begun += 1;
      await held;
      res.end("a page");
    },
  });
  const most = defaultLimits.inFlightPerConnection;
  const socket = connect(Number(new URL(app.origin).port), "127.0.0.1");
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString();
  });
  await once(socket, "connect");
  const one = "GET /slow HTTP/1.1\r\nhost: 127.0.0.1\r\n";
  socket.write(`${`${one}\r\n`.repeat(most + 2)}${one}connection: close\r\n\r\n`);
  await expect.poll(() => begun).toBe(most);
  letGo();
  await once(socket, "close");
  expect(received.match(/HTTP\/1\.1 200 /gu)).toHaveLength(most);
  expect(received.match(/HTTP\/1\.1 429 /gu)?.length).toBeGreaterThan(0);
}, 60_000);
