import { once } from "node:events";
import { connect } from "node:net";
import { createTRPCClient, httpBatchLink, httpLink } from "@trpc/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openServer, type OpenServer } from "../conformance/open-server";
import { boxed, plain, transformed } from "../conformance/init";
import { createTestContext } from "../conformance/pair";
import { send } from "../conformance/raw-http";
import { createTrpcHandler } from "../trpc-handler";

let open: OpenServer;

beforeAll(async () => {
  const router = plain.router({ hello: plain.procedure.query(() => "hello") });
  const handler = createTrpcHandler({ router, createContext: createTestContext });
  open = await openServer((req, res) => handler(req, res));
});
afterAll(() => open[Symbol.asyncDispose]());

const post = "POST /api/trpc/hello HTTP/1.1\r\nHost: localhost\r\n";
const pipelined = [
  "GET /api/trpc/nothing,at,all?batch=2 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  `${post}Content-Length: 8\r\n\r\n[[[[[[[[`,
  `${post}Transfer-Encoding: chunked\r\n\r\nd\r\n{"a":1,"b":2}\r\n0\r\n\r\n`,
  `${post}Connection: close\r\nContent-Length: 2\r\n\r\n{}`,
].join("");

/** Sends everything and disconnects. */
async function hitAndRun(): Promise<void> {
  const socket = connect(open.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(pipelined, () => socket.destroy());
  await once(socket, "close");
}

// If head, body and end of the response were separate steps, Node's bookkeeping of pipelined responses would fail a few
// times in a thousand of these, and crash the process.
test(
  "refusing pipelined requests of a disconnected client does not crash the server",
  { timeout: 30_000 },
  async () => {
    for (let count = 0; count < 1_000; count += 1) await hitAndRun();
    const answer = await send(open.port, { method: "POST", target: "/api/trpc/hello", body: "{}" });
    expect(answer.status).toBe(415);
  },
);

test("clients of a router with a transformer read refusals as errors with their code", async () => {
  const router = transformed.router({
    hello: transformed.procedure.input((value: unknown) => value).query(() => "hello"),
    create: transformed.procedure.input((value: unknown) => value).mutation(() => "created"),
  });
  const handler = createTrpcHandler({
    router,
    createContext: createTestContext,
    limits: { bodyBytes: 1_000, batchLength: 2 },
  });
  await using server = await openServer((req, res) => handler(req, res));
  const url = `${server.origin}/api/trpc`;
  const one = createTRPCClient<typeof router>({ links: [httpLink({ url, transformer: boxed })] });
  const many = createTRPCClient<typeof router>({ links: [httpBatchLink({ url, transformer: boxed })] });
  await expect(one.hello.query("a")).resolves.toBe("hello");
  await expect(one.create.mutate("x".repeat(2_000))).rejects.toMatchObject({ data: { code: "PAYLOAD_TOO_LARGE" } });
  const batch = await Promise.allSettled([many.hello.query(1), many.hello.query(2), many.hello.query(3)]);
  for (const call of batch) {
    expect(call).toMatchObject({ status: "rejected", reason: { data: { httpStatus: 400 } } });
  }
});
