import { createTRPCClient, httpLink } from "@trpc/client";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type FaultProxy, openFaultProxy } from "@weir/testkit/fault-proxy";
import { requestSession, type SignedInUser, startTestApp, type TestApp } from "@/dev/test-app";
import { createTestDatabase, testPrefix, type TestDatabase } from "@weir/testkit/testing";
import { channels } from "@weir/core/channels";
import type { NotesRouter } from "@/dev/notes/test-notes";
import { openRuntime, type PlatformRuntime } from "@/server/runtime";
import { hashToken } from "./session-cookie";

const actor = { id: null, label: "test", sessionId: null, address: null, requestId: null };

let database: TestDatabase;
let proxy: FaultProxy;
let app: TestApp;
let other: PlatformRuntime;
beforeAll(async () => {
  [database, proxy] = await Promise.all([createTestDatabase(), openFaultProxy(inject("redisUrl"))]);
  const shared = { databaseUrl: database.url, keyPrefix: testPrefix() };
  app = await startTestApp(shared);
  other = await openRuntime({
    features: {},
    ...shared,
    nodeId: "other",
    poolMax: 4,
    // This node can be cut off from the invalidations of the others.
    redisUrl: proxy.url,
    queueRedisUrl: inject("queueRedisUrl"),
    disabled: new Set(),
  });
});
afterAll(async () => {
  await other.close();
  await app[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await database.drop();
});

const tokenHashOf = (cookie: string): string => {
  const value = decodeURIComponent(cookie.slice(cookie.indexOf("=") + 1));
  return hashToken(value.slice(0, value.lastIndexOf(".")));
};
const elsewhere = (cookie: string) => other.services.accounts.verify(tokenHashOf(cookie));
const { users } = { users: () => app.runtime.services.users };
const call = (headers: Record<string, string>) =>
  createTRPCClient<NotesRouter>({ links: [httpLink({ url: `${app.origin}/api/trpc`, headers })] });

/** Signs in, and makes the other node cache the session. */
async function signedInOnBoth(): Promise<SignedInUser> {
  const one = await app.signIn("operator");
  expect(await elsewhere(one.cookie)).toMatchObject({ userId: one.user.id, role: "operator" });
  return one;
}

type End = [string, (one: SignedInUser) => Promise<unknown>];
const ends: End[] = [
  [
    "signing out",
    ({ headers }) =>
      fetch(`${app.origin}/api/auth/sign-out`, {
        method: "POST",
        body: "{}",
        headers: { ...headers, "content-type": "application/json" },
      }),
  ],
  [
    "revoking it",
    async ({ headers }) => {
      const { account } = call(headers);
      const [own] = await account.sessions.query();
      await account.revokeSession.mutate({ id: own?.id ?? "" });
    },
  ],
  [
    "revoking the other sessions",
    async ({ user, password }) => {
      const { cookie } = await requestSession(app.origin, user.email, password);
      await call({ cookie, origin: app.origin }).account.revokeOtherSessions.mutate();
    },
  ],
  [
    "another password",
    ({ headers, password }) =>
      call(headers).account.changePassword.mutate({ currentPassword: password, newPassword: `${password} 2` }),
  ],
  ["another role", ({ user: { id } }) => users().setRole({ id, role: "viewer" }, actor)],
  ["a reset password", ({ user: { id } }) => users().resetPassword(id, actor)],
  ["disabling the user", ({ user: { id } }) => users().disable(id, actor)],
  ["an administrator ending all sessions", ({ user: { id } }) => users().revokeSessions(id, actor)],
];

describe("a session has ended on every node once the call returns, after", () => {
  test.each(ends)("%s", async (_how, end) => {
    const one = await signedInOnBoth();
    await end(one);
    expect(await elsewhere(one.cookie)).toBeNull();
    expect(await app.runtime.services.accounts.verify(tokenHashOf(one.cookie))).toBeNull();
  });

  test("any of these, for a node that is cut off", async () => {
    const one = await signedInOnBoth();
    proxy.freeze();
    try {
      expect(await elsewhere(one.cookie)).not.toBeNull();
      const askedAtMs = performance.now();
      await users().revokeSessions(one.user.id, actor);
      expect(await elsewhere(one.cookie)).toBeNull();
      // One second by rule; the rest allows for a busy machine.
      expect(performance.now() - askedAtMs).toBeLessThan(5_000);
    } finally {
      proxy.heal();
    }
  });
});

describe("a session", () => {
  test("is read from memory once cached, and from Postgres while Redis is unreachable", async () => {
    const one = await signedInOnBoth();
    const asked: string[] = [];
    const stop = channels.sql.subscribe(({ statement }) => asked.push(statement));
    try {
      await elsewhere(one.cookie);
      asked.length = 0;
      for (let count = 0; count < 50; count += 1) await elsewhere(one.cookie);
      expect(asked.filter((name) => name === "auth.session").length).toBeLessThanOrEqual(2);
    } finally {
      stop();
    }
    proxy.cut();
    try {
      expect(await elsewhere(one.cookie)).toMatchObject({ userId: one.user.id });
      await users().disable(one.user.id, actor);
      expect(await elsewhere(one.cookie)).toBeNull();
    } finally {
      proxy.heal();
    }
  });

  test("in use is marked as seen at most once a minute", async () => {
    const { cookie } = await app.signIn("viewer");
    const id = (await app.runtime.services.accounts.verify(tokenHashOf(cookie)))?.id ?? "";
    const seen = async (): Promise<string> =>
      String(
        (await app.runtime.database.db.execute(`select last_seen_at from weir.sessions where id = '${id}'`))[0]?.[
          "last_seen_at"
        ],
      );
    const first = await seen();
    const anew = async (): Promise<void> => {
      await app.runtime.cache.invalidate({ groups: ["auth.session"] });
      await app.runtime.services.accounts.verify(tokenHashOf(cookie));
    };
    await anew();
    expect(await seen()).toBe(first);
    await app.runtime.database.db.execute(
      `update weir.sessions set last_seen_at = now() - interval '61 seconds' where id = '${id}'`,
    );
    await anew();
    await expect.poll(async () => (await seen()) > first, { timeout: 10_000 }).toBe(true);
  });

  test.each([
    ["is unused for a day", "last_seen_at = now() - interval '24 hours 1 second'"],
    ["is two weeks old", "expires_at = now() - interval '1 second'"],
  ])("has ended when it %s", async (_why, change) => {
    const { cookie, user } = await app.signIn("viewer");
    await app.runtime.database.db.execute(`update weir.sessions set ${change} where user_id = '${user.id}'`);
    await app.runtime.cache.invalidate({ groups: ["auth.session"] });
    expect(await app.runtime.services.accounts.verify(tokenHashOf(cookie))).toBeNull();
    expect(await users().sessions(user.id, null)).toEqual([]);
  });

  test("is stored without anything that could be used to sign in", async () => {
    const { cookie, password } = await app.signIn("viewer");
    const value = decodeURIComponent(cookie.slice(cookie.indexOf("=") + 1));
    const rows = await app.runtime.database.db.execute(
      "select s::text as row from weir.sessions s union all select a::text from weir.accounts a",
    );
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain(value.slice(0, value.lastIndexOf(".")));
    expect(stored).not.toContain(password);
  });
});
