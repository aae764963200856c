import { setImmediate as nextTurn } from "node:timers/promises";
import type { AnyTRPCRouter } from "@trpc/server";
import { odd, plain, type TestInit, tilde, transformed, unformattable } from "./init";
import { failWith, thrown } from "./failures";
import { createTestContext, type SideOptions } from "./pair";
import { buildRouter } from "./router";

// The procedures are the same ones; only what surrounds them differs, and its types with it.
const build = (init: unknown): AnyTRPCRouter => buildRouter(init as TestInit);
const usual = (): SideOptions => ({ router: build(plain), createContext: createTestContext });
const withContext = (createContext: SideOptions["createContext"]) => (): SideOptions => ({ ...usual(), createContext });
const withMeta = (responseMeta: SideOptions["responseMeta"]) => (): SideOptions => ({ ...usual(), responseMeta });

/** Ways to set up a handler, by name. */
export const variants: Record<string, () => SideOptions> = {
  "a transformer": () => ({ ...usual(), router: build(transformed) }),
  "an error formatter that throws": () => ({ ...usual(), router: build(unformattable) }),
  "an error formatter with ideas of its own": () => ({ ...usual(), router: build(odd) }),
  "another path separator": () => ({ ...usual(), router: build(tilde) }),
  "no context": withContext(undefined),
  "a context that takes a while": withContext(async (options) => {
    await nextTurn();
    return createTestContext?.(options);
  }),
  "a context that throws": withContext(() => {
    throw new Error("no context today");
  }),
  "a context that refuses": withContext(() => {
    throw failWith("UNAUTHORIZED");
  }),
  "a context that rejects": withContext(async () => {
    await nextTurn();
    throw failWith("TOO_MANY_REQUESTS");
  }),
  "a context that rejects with no error": withContext(() => Promise.reject(thrown["nothing"]?.())),
  "a context that reads the request's info": withContext(async ({ req, res, info }) => {
    const { isBatchCall, accept, type, connectionParams, calls, signal } = info;
    const inputs = await Promise.all(calls.map(({ getRawInput }) => getRawInput().catch(String)));
    const read = calls.map((call) => [call.path, call.batchIndex, call.procedure?._def.type, call.result()]);
    const told = { isBatchCall, accept, type, connectionParams, inputs, read, aborted: signal.aborted };
    return { req, res, user: JSON.stringify({ ...told, href: info.url?.href.replace(/:\d+/, "") }) };
  }),
  "a context that spreads the request's info": withContext(({ req, res, info }) => {
    const { signal: _signal, url, ...rest } = { ...info };
    const told = { ...rest, keys: Object.keys(info).toSorted(), path: url?.pathname };
    return {
      req,
      res,
      user: JSON.stringify([told, Object.keys(JSON.parse(JSON.stringify(info)) as object).toSorted()]),
    };
  }),
  "headers for every answer": withMeta(({ ctx, paths, type, errors, data, eagerGeneration, info }) => ({
    headers: {
      "x-seen": JSON.stringify([ctx?.["user"], paths, type, errors.map(({ code }) => code), data.length]),
      "x-info": JSON.stringify([eagerGeneration, info?.isBatchCall, info?.calls.map(({ path }) => path)]),
      "x-list": ["a", "b"],
      "x-nothing": undefined,
      "cache-control": "s-maxage=60",
      "content-type": "application/vnd.own+json",
    },
  })),
  "headers as an object of their own": withMeta(() => ({
    headers: new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["vary", "cookie"],
      ["content-type", "application/vnd.own+json"],
    ]),
  })),
  "a status for failures": withMeta(({ errors }) => (errors.length > 0 ? { status: 200 } : {})),
  "a status for all": withMeta(() => ({ status: 299 })),
  "a status that no answer with a body has": withMeta(({ data }) => ({ status: data.length > 1 ? 204 : 1_000 })),
  "a status that is 204 once": withMeta(({ errors }) => ({ status: errors.length > 0 ? 500 : 204 })),
  "headers that are none": withMeta(() => ({ headers: { "not a name": "x" } })),
  "meta that throws": withMeta(() => {
    throw failWith("NOT_IMPLEMENTED");
  }),
  "queries by POST": () => ({ ...usual(), allowMethodOverride: true }),
  "no batches": () => ({ ...usual(), allowBatching: false }),
};

/** Base paths in every form that a handler accepts. */
export const basePaths = ["/", "", "/api/trpc", "api/trpc", "/trpc/", "/a/b/c", "//double//", "/a.b/../c/"];
