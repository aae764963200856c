import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createTRPCClient, httpSubscriptionLink } from "@trpc/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { plain } from "../../trpc-node/src/conformance/init";
import { openServer, type OpenServer } from "../../trpc-node/src/conformance/open-server";
import { createTestContext } from "../../trpc-node/src/conformance/pair";
import { buildRouter, type TestRouter } from "../../trpc-node/src/conformance/router";
import { createTrpcHandler } from "@weir/trpc-node";
import { createEventSource } from "./event-source";

type Answer = (res: ServerResponse, req: IncomingMessage) => void;
type Seen = { type: string; data?: string; lastEventId?: string; code?: string; status?: number | null };

const FetchEventSource = createEventSource(
  (url, init) => fetch(url, init),
  () => 0,
);
const stream = { "content-type": "text/event-stream" };

describe("used directly", () => {
  let server: OpenServer;
  let answers: Answer[] = [];
  const asked: IncomingMessage["headers"][] = [];

  beforeEach(async () => {
    asked.length = 0;
    server = await openServer((req, res) => {
      asked.push(req.headers);
      const answer = answers.shift();
      if (answer === undefined) res.writeHead(204).end();
      else answer(res, req);
    });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  /** Everything that is dispatched until the source is closed. */
  function listen(source: InstanceType<typeof FetchEventSource>): Promise<Seen[]> {
    const seen: Seen[] = [];
    return new Promise((resolve) => {
      for (const type of ["message", "named", "error"]) {
        source.addEventListener(type, (event) => {
          // The tests read what they expect to be there.
          const { data, lastEventId, code, status } = event as Seen;
          seen.push(type === "error" ? { type, code, status } : { type, data, lastEventId });
          if (source.readyState === source.CLOSED) resolve(seen);
        });
      }
    });
  }

  test("a connection that ends reconnects from the last event, after the wait that the server set", async () => {
    answers = [
      (res) =>
        res.writeHead(200, stream).end("retry: 20\n\nid: 1\ndata: a\n\nid: 2\nevent: named\ndata: b\n\ndata: cut off"),
      (res) => res.writeHead(200, stream).end("data: c\n\n"),
    ];
    const seen = await listen(new FetchEventSource(server.origin));
    expect(seen).toEqual([
      { type: "message", data: "a", lastEventId: "1" },
      { type: "named", data: "b", lastEventId: "2" },
      { type: "error", code: "NETWORK", status: null },
      { type: "message", data: "c", lastEventId: "2" },
      { type: "error", code: "NETWORK", status: null },
      { type: "error", code: "UNREADABLE_ANSWER", status: 204 },
    ]);
    expect(asked.map((headers) => headers["last-event-id"])).toEqual([undefined, "2", "2"]);
    expect(asked[0]?.accept).toBe("text/event-stream");
  });

  test("an overloaded, restarting or unreachable server is retried; a refusal is not", async () => {
    const error = {
      message: "Sign in.",
      code: -32_001,
      data: { code: "UNAUTHORIZED", httpStatus: 401, weirCode: null, problems: [] },
    };
    answers = [
      (res) => res.writeHead(503, { "retry-after": "0" }).end("Starting."),
      (res) => res.destroy(),
      (res) => res.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify({ error })),
    ];
    const seen = await listen(new FetchEventSource(server.origin));
    expect(seen).toEqual([
      { type: "error", code: "SERVICE_UNAVAILABLE", status: 503 },
      { type: "error", code: "NETWORK", status: null },
      { type: "error", code: "UNAUTHORIZED", status: 401 },
    ]);
    expect(asked).toHaveLength(3);
  }, 15_000);

  const farOff = "Fri, 31 Dec 9999 23:59:59 GMT";
  test.each<[string, Answer, number, number]>([
    ["in the far future", (res) => res.writeHead(503, { "retry-after": farOff }).end(), 3_600_000, 3_600_000],
    [
      "of a number without end",
      (res) => res.writeHead(503, { "retry-after": "9".repeat(400) }).end(),
      3_600_000,
      3_600_000,
    ],
    ["of zero", (res) => res.writeHead(503, { "retry-after": "0" }).end(), 500, 1_000],
    ["in the past", (res) => res.writeHead(503, { "retry-after": new Date(0).toUTCString() }).end(), 500, 1_000],
    ["that a stream sets to zero", (res) => res.writeHead(200, stream).end("retry: 0\n\n"), 25, 50],
    ["that a stream sets to days", (res) => res.writeHead(200, stream).end("retry: 999999999\n\n"), 15_000, 30_000],
  ])("a wait %s does not become a flood of connections", async (_name, answer, minMs, maxMs) => {
    answers = [answer];
    const timers = vi.spyOn(globalThis, "setTimeout");
    const source = new FetchEventSource(server.origin);
    const waitMs = await new Promise<number>((resolve) => {
      // The wait has begun when the error is dispatched.
      source.addEventListener("error", () => resolve(timers.mock.lastCall?.[1] ?? Number.NaN));
    });
    source.close();
    timers.mockRestore();
    expect(waitMs).toBeGreaterThanOrEqual(minMs);
    expect(waitMs).toBeLessThanOrEqual(maxMs);
    expect(asked).toHaveLength(1);
  });

  test("close() ends the connection", async () => {
    const hungUp = new Promise((resolve) => {
      answers = [
        (res) => {
          res.once("close", () => resolve("hung up"));
          res.writeHead(200, stream).write("data: a\n\n");
        },
      ];
    });
    const source = new FetchEventSource(server.origin);
    await new Promise<void>((resolve) => source.addEventListener("message", () => resolve()));
    source.close();
    expect(await hungUp).toBe("hung up");
    expect(source.readyState).toBe(source.CLOSED);
  });
});

test("tRPC's subscription link receives events, ends and errors through it", async () => {
  const handler = createTrpcHandler({ router: buildRouter(plain), createContext: createTestContext });
  await using server = await openServer((req, res) => handler(req, res));
  const trpc = createTRPCClient<TestRouter>({
    links: [httpSubscriptionLink({ url: `${server.origin}/api/trpc`, EventSource: FetchEventSource })],
  });
  const ticks: unknown[] = [];
  for await (const tick of trpc.ticks.subscribe({ lastEventId: "6" })) ticks.push(tick);
  expect(ticks).toEqual([7, 8, 9].map((id) => ({ id: String(id), data: { id } })));
  const observed: number[] = [];
  for await (const value of trpc.observed.subscribe()) observed.push(value);
  expect(observed).toEqual([1]);
  const failing = trpc.failing.subscribe();
  await expect(failing.next()).resolves.toEqual({ value: 1, done: false });
  await expect(failing.next()).rejects.toMatchObject({ data: { code: "CONFLICT" } });
});

test("unsubscribing ends the connection", async () => {
  let closed: Promise<unknown> = Promise.resolve();
  const router = plain.router({
    // Ends with its listener only.
    forever: plain.procedure.subscription(async function* ({ signal }) {
      yield "first";
      await once(signal ?? new EventTarget(), "abort");
    }),
  });
  const handler = createTrpcHandler({ router, createContext: createTestContext });
  await using server = await openServer((req, res) => {
    closed = once(res, "close");
    handler(req, res);
  });
  const trpc = createTRPCClient<typeof router>({
    links: [httpSubscriptionLink({ url: `${server.origin}/api/trpc`, EventSource: FetchEventSource })],
  });
  for await (const value of trpc.forever.subscribe()) {
    expect(value).toBe("first");
    break;
  }
  await closed;
});
