import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTrpcHandler } from "../trpc-handler";
import { plain } from "./init";
import { openServer, type OpenServer } from "./open-server";
import { createTestContext } from "./pair";
import { exchangeBytes, parseAnswer, send } from "./raw-http";

const { procedure, router } = plain;
/** Emits `begun` with the signal when a call waits, and `ended` when it ends. */
const stage = new EventEmitter();
const failures: string[] = [];
const loose: unknown[] = [];
const onLoose = (reason: unknown): void => void loose.push(reason);
let contexts = 0;
let open: OpenServer;

async function waitForLeave(signal: AbortSignal | undefined): Promise<never> {
  const left = new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new Error("the client left")));
  });
  stage.emit("begun", signal);
  try {
    await left;
  } finally {
    stage.emit("ended");
  }
  throw new Error("unreachable");
}

const testRouter = router({
  hello: procedure.query(() => "hello"),
  wait: procedure.query(({ signal }) => waitForLeave(signal)),
  waitToChange: procedure.mutation(({ signal }) => waitForLeave(signal)),
  keep: procedure.query(({ signal }) => {
    stage.emit("kept", signal, signal?.aborted);
    return "kept";
  }),
  // One event, then it waits for its client to leave.
  events: procedure.subscription(async function* ({ signal }) {
    yield "first";
    await waitForLeave(signal);
  }),
});

beforeAll(async () => {
  process.on("unhandledRejection", onLoose);
  const handler = createTrpcHandler({
    router: testRouter,
    createContext: (options) => {
      contexts += 1;
      return createTestContext?.(options);
    },
    onError: ({ error }) => failures.push(error.message),
  });
  open = await openServer((req, res) => handler(req, res), { requestTimeout: 300, connectionsCheckingInterval: 50 });
});
afterAll(async () => {
  process.off("unhandledRejection", onLoose);
  await open[Symbol.asyncDispose]();
});

function write(head: string): Socket {
  const socket = connect(open.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`${head}\r\nHost: localhost\r\n\r\n`);
  return socket;
}
const post = "Content-Type: application/json\r\nContent-Length";

/** The server responds and has no call left. */
async function expectAllWell(): Promise<void> {
  expect((await send(open.port, { target: "/api/trpc/hello" })).status).toBe(200);
  expect(loose).toEqual([]);
}

test.each([
  ["a query", "GET /api/trpc/wait HTTP/1.1", 1],
  ["a mutation", `POST /api/trpc/waitToChange HTTP/1.1\r\n${post}: 0`, 1],
  ["a batch", "GET /api/trpc/wait,wait,hello?batch=1 HTTP/1.1", 2],
  ["a subscription", "GET /api/trpc/events HTTP/1.1", 1],
])(
  "a client that disconnects during %s aborts its signal, and nothing is written after it",
  async (_what, head, calls) => {
    const begun = once(stage, "begun");
    const socket = write(head);
    // The events of the stage.
    const [signal] = (await begun) as [AbortSignal];
    expect(signal.aborted).toBe(false);
    let ended = 0;
    const allEnded = new Promise<void>((resolve) => {
      stage.on("ended", () => {
        ended += 1;
        if (ended === calls) resolve();
      });
    });
    socket.destroy();
    await allEnded;
    stage.removeAllListeners("ended");
    expect(signal.aborted).toBe(true);
    await expectAllWell();
  },
);

test("a completed call is not aborted when its client disconnects later", async () => {
  const kept = once(stage, "kept");
  const connected = once(open.server, "connection");
  const socket = write("GET /api/trpc/keep HTTP/1.1");
  // What the server emits with a connection.
  const [theirs] = (await connected) as [Socket];
  // The events of the stage.
  const [[signal, wasAborted]] = (await Promise.all([kept, once(socket, "data")])) as [[AbortSignal, boolean], unknown];
  const closed = once(theirs, "close");
  socket.destroy();
  await closed;
  expect([wasAborted, signal.aborted]).toEqual([false, false]);
  await expectAllWell();
});

test("a client that disconnects while it sends never reaches the context", async () => {
  contexts = 0;
  failures.length = 0;
  const arrived = once(open.server, "request");
  const socket = connect(open.port, "127.0.0.1");
  socket.write(`POST /api/trpc/waitToChange HTTP/1.1\r\nHost: localhost\r\n${post}: 100\r\n\r\n{"half":`);
  // What the server emits with a request.
  const [req] = (await arrived) as [EventEmitter];
  const closed = new Promise((resolve) => req.once("close", resolve));
  socket.destroy();
  await closed;
  expect([contexts, failures]).toEqual([0, []]);
  await expectAllWell();
});

test("a body that never ends is cut off by the server's own limit", async () => {
  contexts = 0;
  const head = `POST /api/trpc/waitToChange HTTP/1.1\r\nHost: localhost\r\n${post}: 100\r\n\r\n{"half":`;
  const answer = parseAnswer(await exchangeBytes(open.port, Buffer.from(head)));
  expect(answer.status).toBe(408);
  expect(contexts).toBe(0);
  await expectAllWell();
});

test("pipelined requests are answered in order", async () => {
  const first = "GET /api/trpc/hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const second = "GET /api/trpc/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const last = "GET /api/trpc/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const bytes = await exchangeBytes(open.port, Buffer.from(first + second + last));
  const statuses = bytes.toString().match(/HTTP\/1\.1 \d{3}/g);
  expect(statuses).toEqual(["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200"]);
});
