import { initTRPC, TRPCError } from "@trpc/server";
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LiveEntry } from "@weir/cache";
import type { HandlerMeta } from "./meta";
import { openServer, type OpenServer } from "./conformance/open-server";
import { createEncodedHits } from "./encoded/encoded-hits";
import { findSharedResponses } from "./meta";
import { createTrpcHandler } from "./trpc-handler";

type Context = { res: ServerResponse };
const t = initTRPC.context<Context>().meta<HandlerMeta>().create({ isDev: false });
const shared = t.procedure.meta({ shared: { freshSeconds: 30, staleSeconds: 300 } });

const router = t.router({
  shared: shared.query(() => "for all"),
  brief: t.procedure.meta({ shared: { freshSeconds: 5 } }).query(() => "for all"),
  usual: t.procedure.query(() => "for one"),
  fails: shared.query(() => {
    throw new TRPCError({ code: "NOT_FOUND" });
  }),
  setsCookie: shared.query(({ ctx }) => {
    ctx.res.setHeader("set-cookie", "a=1");
    return "for one";
  }),
  setsStatus: shared.query(({ ctx }) => {
    ctx.res.statusCode = 202;
    return "later";
  }),
  saysOtherwise: shared.query(({ ctx }) => {
    ctx.res.setHeader("cache-control", "private");
    return "for one";
  }),
});
const control = "public, s-maxage=30, stale-while-revalidate=300";

let server: OpenServer;
let cookieOfMeta = false;
beforeAll(async () => {
  const createContext = ({ res }: { res: ServerResponse }): Context => ({ res });
  const plain = createTrpcHandler({ router, createContext, allowMethodOverride: true });
  const withMeta = createTrpcHandler({
    router,
    createContext,
    responseMeta: ({ paths }) => ({
      headers: { "x-paths": String(paths), ...(cookieOfMeta ? { "set-cookie": "m=1" } : {}) },
    }),
  });
  server = await openServer((req, res) => (req.headers["x-meta"] === "1" ? withMeta : plain)(req, res));
});
afterAll(() => server[Symbol.asyncDispose]());

async function controlOf(target: string, init: RequestInit = {}): Promise<string | null> {
  const response = await fetch(`${server.origin}/api/trpc/${target}`, init);
  await response.arrayBuffer();
  return response.headers.get("cache-control");
}
/** An odd encoding that only tRPC's adapter reads. */
const oddly = (name: string): string => `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
const post = { method: "POST", headers: { "content-type": "application/json" } };

test.each<[string, RequestInit]>([
  ["by itself", {}],
  ["with responseMeta", { headers: { "x-meta": "1" } }],
])(
  "only the result of a single query by GET is shared, on the short path and through the adapter, %s",
  async (_name, init) => {
    for (const name of ["shared", oddly("shared")]) expect(await controlOf(name, init), name).toBe(control);
    for (const name of ["brief", oddly("brief")]) expect(await controlOf(name, init), name).toBe("public, s-maxage=5");
    for (const path of ["usual", "fails", "setsCookie", "setsStatus"]) {
      for (const name of [path, oddly(path)]) expect(await controlOf(name, init), name).toBe("no-cache");
    }
    for (const name of ["saysOtherwise", oddly("saysOtherwise")])
      expect(await controlOf(name, init), name).toBe("private");
    for (const name of ["shared,shared?batch=1", `${oddly("shared")}?batch=1`, "nothing"]) {
      expect(await controlOf(name, init), name).toBe("no-cache");
    }
    expect(await controlOf("shared", post)).toBe("no-cache");
    expect(await controlOf(oddly("shared"), post)).toBe("no-cache");
  },
);

test("a cookie of responseMeta keeps a response from being shared", async () => {
  cookieOfMeta = true;
  for (const name of ["shared", oddly("shared")]) {
    expect(await controlOf(name, { headers: { "x-meta": "1" } }), name).toBe("no-cache");
  }
  cookieOfMeta = false;
});

test("a response from finished bytes has the same header, and so has its 304", async () => {
  const live: LiveEntry<string> = { group: "test", value: "for all", answers: () => true };
  const entry = { group: "test", live: () => live, get: () => Promise.resolve("for all") };
  const encoded = createEncodedHits(findSharedResponses(router));
  await using finished = await openServer((req, res) => {
    const procedure = req.url?.slice("/api/trpc/".length) ?? "";
    encoded.learn(req, { procedure, entry, absent: undefined });
    expect(encoded.respond(req, res, "id")).toBe("sent");
  });
  const ask = (path: string, headers = {}) => fetch(`${finished.origin}/api/trpc/${path}`, { headers });
  const first = await ask("shared");
  expect(first.headers.get("cache-control")).toBe(control);
  const again = await ask("shared", { "if-none-match": first.headers.get("etag") ?? "" });
  expect([again.status, again.headers.get("cache-control")]).toEqual([304, control]);
  expect((await ask("usual")).headers.get("cache-control")).toBe("no-cache");
});

test("procedures that may not be shared are refused when the handler is created", () => {
  const seconds = { freshSeconds: 1 };
  const refused = {
    mutation: t.procedure.meta({ shared: seconds }).mutation(() => 1),
    subscription: t.procedure.meta({ shared: seconds }).subscription(async function* () {
      yield 1;
    }),
    role: t.procedure.meta({ shared: seconds, role: "viewer" }).query(() => 1),
    never: t.procedure.meta({ shared: { freshSeconds: 0 } }).query(() => 1),
    fraction: t.procedure.meta({ shared: { freshSeconds: 1, staleSeconds: 0.5 } }).query(() => 1),
  };
  for (const [name, procedure] of Object.entries(refused)) {
    expect(() => findSharedResponses(t.router({ [name]: procedure })), name).toThrow(`${name}: `);
  }
});
