import { createServer } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasRole, type Role, roles } from "@/server/auth/contract";
import { type SignedInUser, startTestAppWith, type TestApp } from "@/dev/test-app";
import { notesFeatures } from "@/dev/notes/test-notes";
import { loadFeatures } from "@/server/features";
import { migrateAll, withCopies } from "@/server/migrations";
import type { FeatureServers } from "@/server/rpc/feature-server";
import { createSessionCookie } from "@/server/auth/session-cookie";
import { publicProcedure, router, viewerProcedure } from "@/server/rpc/procedures";
import { createCallContext } from "./app-handler";
import { createTrpcHandler } from "@weir/trpc-node";
import { createTestDatabase } from "@weir/testkit/testing";

/** Every procedure with the lowest role that may call it. New procedures must be listed here. */
const ofPlatform: Readonly<Record<string, Role | "everyone">> = {
  "account.me": "everyone",
  "account.sessions": "viewer",
  "account.revokeSession": "viewer",
  "account.revokeOtherSessions": "viewer",
  "account.changePassword": "viewer",
  "account.changeName": "viewer",
  "audit.list": "admin",
  "cache.preview": "viewer",
  "cache.previewPrefix": "viewer",
  "cache.invalidate": "operator",
  "cache.deletePrefix": "operator",
  "insights.cacheGroups": "viewer",
  "insights.cacheKey": "viewer",
  "insights.cacheKeys": "viewer",
  "insights.cacheTags": "viewer",
  "insights.environment": "viewer",
  "traffic.status": "viewer",
  "traffic.start": "operator",
  "insights.status": "viewer",
  "insights.groups": "viewer",
  "insights.hotKeys": "viewer",
  "insights.nodes": "viewer",
  "insights.observer": "viewer",
  "insights.overview": "viewer",
  "insights.live": "viewer",
  "insights.pool": "viewer",
  "insights.procedures": "viewer",
  "insights.redis": "viewer",
  "insights.series": "viewer",
  "insights.statement": "viewer",
  "insights.statements": "viewer",
  "insights.tags": "viewer",
  "users.list": "admin",
  "users.sessions": "admin",
  "users.create": "admin",
  "users.setRole": "admin",
  "users.resetPassword": "admin",
  "users.disable": "admin",
  "users.enable": "admin",
  "users.revokeSessions": "admin",
  "plans.advice": "viewer",
  "plans.analyze": "operator",
  "plans.explain": "operator",
  "plans.statistics": "viewer",
  "traces.list": "viewer",
  "traces.get": "viewer",
  "traces.readers": "viewer",
  "traces.repeats": "viewer",
  "traces.pinned": "viewer",
  "traces.pin": "operator",
  "traces.unpin": "operator",
};

type Described = { _def: { type: "query" | "mutation" | "subscription"; meta?: { role?: Role } } };

function proceduresOf({ _def }: AnyTRPCRouter): [string, Described][] {
  // Typed as nested records; at run time it is flat, by dotted path.
  return Object.entries(_def.procedures as unknown as Record<string, Described>);
}

type Ask = { how: string; send: (headers: Record<string, string>) => Promise<Response> };

/** Every way to call a procedure over HTTP. */
function waysToCall(origin: string, path: string, { _def: { type } }: Described): Ask[] {
  const base = `${origin}/api/trpc/${path}`;
  const json = { "content-type": "application/json" };
  const get = (how: string, url: string, more: Record<string, string> = {}): Ask => ({
    how,
    send: (headers) => fetch(url, { headers: { ...more, ...headers } }),
  });
  const post = (how: string, url: string, body: string, more: Record<string, string> = {}): Ask => ({
    how,
    send: (headers) => fetch(url, { method: "POST", body, headers: { ...json, ...more, ...headers } }),
  });
  if (type === "subscription") {
    return [get("an event stream", `${base}?input=%7B%7D`, { accept: "text/event-stream" }), get("a GET", base)];
  }
  const twice = `${base},${path}?batch=1`;
  const streamed = { "trpc-accept": "application/jsonl" };
  if (type === "mutation") {
    return [
      post("a POST", base, "{}"),
      post("a batch", twice, '{"0":{},"1":{}}'),
      post("a streamed batch", twice, "{}", streamed),
    ];
  }
  return [
    get("a GET", `${base}?input=%7B%7D`),
    get("a batch", `${twice}&input=%7B%7D`),
    get("a streamed batch", `${twice}&input=%7B%7D`, streamed),
    post("a query by POST", base, "{}"),
  ];
}

const refusals = { 401: /"SIGNED_OUT"/, 403: /"ROLE_TOO_LOW"/ };

/** What is wrong with a response that should be this error; null when it is correct. */
async function notRefused({ how, send }: Ask, headers: Record<string, string>, status: 401 | 403) {
  const response = await send(headers);
  const text = await response.text();
  // A stream sends 200 or 207 before the procedure runs; each of its results is then the error.
  const isRefused = refusals[status].test(text) && !/"result"|"data":\s*\[\s*\[/.test(text);
  return isRefused ? null : `${how} answered ${response.status}: ${text.slice(0, 120)}`;
}

type Users = Readonly<Record<Role, SignedInUser>>;

/** Walks a router: lists procedures missing from the table, and procedures that accept callers below their role. */
async function findings(walked: AnyTRPCRouter, rules: typeof table, origin: string, users: Users): Promise<string[]> {
  const found: string[] = [];
  for (const [path, procedure] of proceduresOf(walked)) {
    const rule = rules[path];
    if (rule === undefined) {
      found.push(`${path} is not in the table`);
      continue;
    }
    if ((procedure._def.meta?.role ?? "everyone") !== rule) found.push(`${path} is built for another role`);
    if (rule === "everyone") continue;
    for (const way of waysToCall(origin, path, procedure)) {
      const signedOut = await notRefused(way, {}, 401);
      if (signedOut !== null) found.push(`${path}, signed out: ${signedOut}`);
      for (const role of roles.filter((lower) => !hasRole(lower, rule))) {
        const tooLow = await notRefused(way, users[role].headers, 403);
        if (tooLow !== null) found.push(`${path}, ${role}: ${tooLow}`);
      }
    }
  }
  return found;
}

let app: TestApp<FeatureServers>;
let users: Users;
beforeAll(async () => {
  // All features of the application and the test feature, with empty tables.
  const features: FeatureServers = { ...(await loadFeatures()), ...notesFeatures };
  const openDatabase = async () => {
    const database = await createTestDatabase();
    await migrateAll(database.url, withCopies(features));
    return database;
  };
  app = await startTestAppWith({ features, openDatabase });
  users = {
    viewer: await app.signIn("viewer"),
    operator: await app.signIn("operator"),
    admin: await app.signIn("admin"),
  };
  table = Object.assign({}, ofPlatform, ...Object.values(features).map(({ access }) => access));
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

let table: Readonly<Record<string, Role | "everyone">> = ofPlatform;

describe("rule S1: every procedure has its role", () => {
  test("the table is complete, and no procedure accepts a call without its role, by any transport", async () => {
    expect(Object.keys(table).toSorted()).toEqual(
      proceduresOf(app.runtime.router)
        .map(([path]) => path)
        .toSorted(),
    );
    expect(await findings(app.runtime.router, table, app.origin, users)).toEqual([]);
  });

  test("callers with the role are admitted", async () => {
    for (const [path, procedure] of proceduresOf(app.runtime.router)) {
      const rule = table[path];
      if (rule === undefined || rule === "everyone" || procedure._def.type === "subscription") continue;
      const [first] = waysToCall(app.origin, path, procedure);
      const answer = await first?.send(users[rule].headers);
      expect([200, 400, 404], `${path}: ${await answer?.text()}`).toContain(answer?.status);
    }
  });

  test("a procedure without a role check is detected, even if its meta claims one", async () => {
    const planted = router({
      forgotten: publicProcedure.query(() => "figures"),
      claimed: publicProcedure.meta({ role: "viewer" }).query(() => "figures"),
      unlisted: publicProcedure.query(() => "figures"),
      right: viewerProcedure.query(() => "figures"),
    });
    const cookie = createSessionCookie({ secret: "a secret that only these tests use", isSecure: false });
    const { services } = app.runtime;
    const origins = new Set<string>();
    const createContext = createCallContext({ services, cookie, trustedProxies: new Set(), origins });
    const handler = createTrpcHandler({ router: planted, createContext, allowMethodOverride: true });
    const server = createServer((req, res) => handler(req, res));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : null;
      const rules = { forgotten: "viewer", claimed: "viewer", right: "viewer" } as const;
      const found = await findings(planted, rules, `http://127.0.0.1:${port}`, users);
      const named = (path: string): number => found.filter((line) => line.startsWith(path)).length;
      expect(found).toContain("unlisted is not in the table");
      expect(found).toContain("forgotten is built for another role");
      expect([named("forgotten,"), named("claimed,"), named("right")]).toEqual([4, 4, 0]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
