import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  retryLink,
  splitLink,
  type TRPCLink,
} from "@trpc/client";
import { TRPCError } from "@trpc/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTrpcHandler } from "../trpc-handler";
import { plain } from "./init";
import { openServer, type OpenServer } from "./open-server";
import { buildRouter, type TestRouter } from "./router";

type Link = TRPCLink<TestRouter>;
let open: OpenServer;
/** Method and path of every request, oldest first. */
const asked: string[] = [];
let unavailable = 0;

beforeAll(async () => {
  const handler = createTrpcHandler({
    router: buildRouter(plain),
    allowMethodOverride: true,
    createContext: ({ req, res }) => {
      if (unavailable > 0) {
        unavailable -= 1;
        throw new TRPCError({ code: "SERVICE_UNAVAILABLE" });
      }
      return { req, res, user: "somebody" };
    },
  });
  open = await openServer((req, res) => {
    asked.push(`${req.method} ${req.url?.split("?")[0]}`);
    handler(req, res);
  });
});
afterAll(() => open[Symbol.asyncDispose]());

const url = (): string => `${open.origin}/api/trpc`;
const client = (...links: Link[]) => createTRPCClient<TestRouter>({ links });

const links: Record<string, () => Link> = {
  httpLink: () => httpLink({ url: url() }),
  "httpLink, queries by POST": () => httpLink({ url: url(), methodOverride: "POST" }),
  httpBatchLink: () => httpBatchLink({ url: url() }),
  "httpBatchLink, queries by POST": () => httpBatchLink({ url: url(), methodOverride: "POST" }),
  "httpBatchLink, two at a time": () => httpBatchLink({ url: url(), maxItems: 2 }),
  httpBatchStreamLink: () => httpBatchStreamLink({ url: url() }),
  splitLink: () =>
    splitLink({
      condition: (op) => op.type === "mutation",
      true: httpLink({ url: url() }),
      false: httpBatchLink({ url: url() }),
    }),
};

test.each(Object.entries(links))("%s gets results, errors and their shapes", async (_name, make) => {
  const trpc = client(make());
  const [hello, greeting, echo, created, missing, wrong, refused] = await Promise.allSettled([
    trpc.hello.query(),
    trpc.greet.query({ name: "São Paulo 東京" }),
    trpc.echo.query({ a: [1, null, "+ %"] }),
    trpc.create.mutate({ name: "Ada", age: 36 }),
    trpc.says.query("not this"),
    trpc.greet.query({ name: "" }),
    trpc.refuse.mutate(),
  ]);
  expect(hello).toEqual({ status: "fulfilled", value: "hello" });
  expect(greeting).toEqual({ status: "fulfilled", value: "hello São Paulo 東京 of somebody" });
  expect(echo).toEqual({ status: "fulfilled", value: { input: { a: [1, null, "+ %"] } } });
  expect(created).toEqual({ status: "fulfilled", value: { created: { name: "Ada", age: 36 } } });
  expect(missing).toMatchObject({ status: "rejected", reason: { message: "not this", data: { code: "BAD_REQUEST" } } });
  expect(wrong).toMatchObject({ status: "rejected", reason: { data: { httpStatus: 400, cause: ["name"] } } });
  expect(refused).toMatchObject({ status: "rejected", reason: { data: { code: "FORBIDDEN", httpStatus: 403 } } });
});

test("calls of one turn share one batch", async () => {
  asked.length = 0;
  const trpc = client(httpBatchLink({ url: url() }));
  await expect(Promise.all([trpc.index.query(), trpc.index.query(), trpc.index.query()])).resolves.toEqual([0, 1, 2]);
  await Promise.all([trpc.touch.mutate(), trpc.touch.mutate()]);
  expect(asked).toEqual(["GET /api/trpc/index,index,index", "POST /api/trpc/touch,touch"]);
});

test("a streamed batch gets promises and iterables piece by piece", async () => {
  const trpc = client(httpBatchStreamLink({ url: url() }));
  // The names of the table are not in the type.
  const [later, rows] = await Promise.all([
    trpc.returns["promiseInside"]?.query() as Promise<{ later: Promise<number> }>,
    trpc.returns["iterableInside"]?.query() as Promise<{ rows: AsyncIterable<number> }>,
  ]);
  await expect(later.later).resolves.toBe(1);
  const counted: number[] = [];
  for await (const row of rows.rows) counted.push(row);
  expect(counted).toEqual([1, 2]);
});

test("a retry link succeeds once the server is back", async () => {
  unavailable = 2;
  asked.length = 0;
  const trpc = client(retryLink({ retry: ({ attempts }) => attempts <= 3 }), httpLink({ url: url() }));
  await expect(trpc.hello.query()).resolves.toBe("hello");
  expect(asked).toHaveLength(3);
});

/** A separate program: Node has an EventSource only behind a flag. */
const subscriber = `
  import { createTRPCClient, httpSubscriptionLink } from "@trpc/client";
  const trpc = createTRPCClient({ links: [httpSubscriptionLink({ url: process.argv[1] })] });
  const items = [];
  for (const [path, input] of [["ticks", { lastEventId: "6" }], ["observed", undefined]]) {
    await new Promise((resolve) => {
      const onError = (error) => { items.push(error.message); resolve(); };
      trpc[path].subscribe(input, { onData: (data) => items.push(data), onComplete: resolve, onError });
    });
  }
  await new Promise((resolve) => trpc.failing.subscribe(undefined, {
    onData: (data) => items.push(data),
    onError: (error) => { items.push(error.data.code); resolve(); },
  }));
  console.log(JSON.stringify(items));
  process.exit(0);
`;

test("httpSubscriptionLink receives events, the end and errors", { timeout: 30_000 }, async () => {
  const flags = ["--experimental-eventsource", "--no-warnings", "--input-type=module", "-e", subscriber];
  const child = spawn(process.execPath, [...flags, url()], { stdio: ["ignore", "pipe", "pipe"] });
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(complaint).toBe("");
  const ticks = [7, 8, 9].map((id) => ({ id: String(id), data: { id } }));
  expect(JSON.parse(output)).toEqual([...ticks, 1, 1, "CONFLICT"]);
});
