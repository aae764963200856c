import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuthFailure } from "@/server/auth/contract";
import { requestSession, type SignedInUser, startTestApp, type TestApp } from "@/dev/test-app";
import { createBetterAuth } from "@/server/auth/better-auth";
import { channels } from "@weir/core/channels";
import { createInternalCaller } from "@/server/rpc/caller";
import { currentScope } from "@weir/core/scope";

const actor = { id: null, label: "test", sessionId: null, address: null, requestId: null };
const minute = 60_000;

let app: TestApp;
let operator: SignedInUser;
beforeAll(async () => {
  app = await startTestApp({
    attemptLimits: {
      account: { most: 30, windowMs: minute },
      address: { most: 40, windowMs: minute },
      pair: { most: 3, windowMs: minute },
    },
  });
  operator = await app.signIn("operator");
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

type Init = { method?: string; headers?: Record<string, string>; body?: string | FormData };
const at = (path: string, init: Init = {}): Promise<Response> => fetch(`${app.origin}${path}`, init);
const json = { "content-type": "application/json" };
// The envelope is compared below.
const failureOf = async (response: Response): Promise<AuthFailure["error"]> =>
  ((await response.json()) as AuthFailure).error;

function betterAuthOf({ runtime }: TestApp) {
  const { services, database, hasher, authTables: tables } = runtime;
  const { accounts } = services;
  const secret = "a secret that only these tests use....";
  return createBetterAuth({ db: database.db, tables, accounts, hasher, secret, isSecure: false, absoluteSeconds: 60 });
}

describe("the open endpoints of better-auth", () => {
  test("are sign-in and sign-out: every other path is a 404 for any method", async () => {
    // Each endpoint is a function with a path property.
    const endpoints = Object.values(betterAuthOf(app).auth.api) as unknown as { path?: string }[];
    const paths = endpoints.flatMap(({ path }) => path ?? []);
    expect(paths).toEqual(expect.arrayContaining(["/sign-up/email", "/get-session", "/sign-in/email", "/sign-out"]));
    const open = new Set(["/sign-in/email", "/sign-out"]);
    const closed = [...paths.filter((path) => !open.has(path)), "/", "/sign-in/email/", "/sign-in", "/nothing"];
    for (const path of closed) {
      for (const method of ["GET", "POST"]) {
        const init: Init = { method, headers: { ...json, ...operator.headers } };
        if (method === "POST") init.body = "{}";
        expect((await at(`/api/auth${path}`, init)).status, `${method} ${path}`).toBe(404);
      }
    }
  });

  test("do not sign users up, even when called directly", async () => {
    const { auth } = betterAuthOf(app);
    const body = { email: "intruder@example.com", password: "a fine password 42", name: "Intruder" };
    await expect(auth.api.signUpEmail({ body })).rejects.toThrow(/sign up is not enabled/i);
    const request = new Request("http://weir.internal/api/auth/sign-up/email", {
      method: "POST",
      headers: { ...json, origin: "http://weir.internal" },
      body: JSON.stringify(body),
    });
    const answered = await auth.handler(request).then(
      ({ status }) => status,
      () => 400,
    );
    expect(answered).toBeGreaterThanOrEqual(400);
    const users = await app.runtime.services.users.list();
    expect(users.map(({ email }) => email)).not.toContain("intruder@example.com");
  });
});

describe("rule S2: sign-in accepts only JSON from pages of this server", () => {
  const body = JSON.stringify({ email: "a@example.com", password: "not the one 42" });
  test.each([
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "email=a" }, 415],
    ["plain text", { headers: { "content-type": "text/plain" }, body }, 415],
    ["no type", { headers: { "content-type": "" }, body }, 415],
    ["a GET", { method: "GET" }, 405],
    ["no origin", { headers: json, body }, 403],
    ["another origin", { headers: { ...json, origin: "https://evil.example" }, body }, 403],
    ["a sandbox", { headers: { ...json, origin: "null" }, body }, 403],
  ] as const)("%s", async (_what, init, status) => {
    for (const path of ["/api/auth/sign-in/email", "/api/auth/sign-out"]) {
      const origin: Record<string, string> = { origin: app.origin };
      const headers = { ...(status === 403 ? {} : origin), ...("headers" in init ? init.headers : {}) };
      const response = await at(path, { method: "POST", ...init, headers });
      expect(response.status).toBe(status);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });

  test("another site's page cannot use the cookie, and writes require an origin", async () => {
    const { cookie } = operator;
    const note = await createInternalCaller(app.runtime).note.byId({ id: 1_001 });
    const change = JSON.stringify({ id: note.id, version: note.version, title: "Changed" });
    const update = (headers: Record<string, string>, sent: string | FormData = change): Promise<Response> =>
      at("/api/trpc/note.update", { method: "POST", headers, body: sent });
    expect((await update({ cookie }, new FormData())).status).toBe(415);
    expect((await update({ cookie, "content-type": "text/plain" })).status).toBe(415);
    expect((await failureOf(await update({ cookie, ...json }))).data.weirCode).toBe("CROSS_SITE");
    expect((await update({ cookie, ...json, origin: "https://evil.example" })).status).toBe(403);
    const read = (site: string): Promise<Response> =>
      at("/api/trpc/insights.overview", { headers: { cookie, "sec-fetch-site": site } });
    expect((await failureOf(await read("cross-site"))).data.weirCode).toBe("CROSS_SITE");
    expect((await read("same-site")).status).toBe(403);
    expect((await read("same-origin")).status).toBe(200);
    expect(await createInternalCaller(app.runtime).note.byId({ id: note.id })).toEqual(note);
    expect((await update({ ...operator.headers, ...json })).status).toBe(200);
  });
});

describe("signing in", () => {
  const attempt = (email: string, password: string) => requestSession(app.origin, email, password);

  test("responds the same to an unknown email, a wrong password and a disabled user", async () => {
    const { users } = app.runtime.services;
    const input = { email: "known@example.com", name: "Known", role: "viewer" } as const;
    const known = await users.create(input, actor);
    const disabled = await users.create({ ...input, email: "disabled@example.com" }, actor);
    await users.disable(disabled.user.id, actor);

    const seen = async (email: string, password: string) => {
      const statements: string[] = [];
      // Only sign-in statements: the outbox is polled all the time.
      const stop = channels.sql.subscribe(({ statement }) => {
        if (currentScope()?.procedure === "auth") statements.push(statement);
      });
      const before = app.runtime.hasher.count;
      const { status, response } = await attempt(email, password);
      stop();
      const headers = [...response.headers.keys()].toSorted();
      return { status, headers, body: await response.text(), statements, hashes: app.runtime.hasher.count - before };
    };
    const unknown = await seen("unknown@example.com", "whatever it may be");
    expect(unknown).toMatchObject({ status: 401, hashes: 1, statements: ["auth.person", "audit.add"] });
    expect(await seen("known@example.com", "whatever it may be")).toEqual(unknown);
    expect(await seen("disabled@example.com", disabled.temporaryPassword)).toEqual(unknown);
    expect(await seen("disabled@example.com", "whatever it may be")).toEqual(unknown);
    expect((await attempt("known@example.com", known.temporaryPassword)).status).toBe(200);
  });

  test("is recorded even on failure, without the password", async () => {
    await attempt("stranger@example.com", "keep this one secret");
    const { user, password } = await app.signIn("viewer");
    await attempt(user.email, password);
    const { entries } = await app.runtime.services.audit.list({ limit: 100 });
    expect(entries[0]).toMatchObject({
      action: "session.signIn",
      actor: { id: user.id, label: user.email },
      address: "127.0.0.1",
      requestId: expect.stringMatching(/^test-\d+$/),
    });
    const failed = entries.find(({ actor: { label } }) => label === "stranger@example.com");
    expect(failed).toMatchObject({ action: "session.signInFailed", actor: { id: null }, subject: null });
    expect(JSON.stringify(entries)).not.toContain("keep this one");
    expect(JSON.stringify(entries)).not.toContain(password);
  });

  test("is rejected once the attempts at a user from this address are exhausted, even with the correct password, and says for how long", async () => {
    const { user, password } = await app.signIn("viewer");
    // Successful attempts do not count.
    for (let count = 0; count < 5; count += 1) expect((await attempt(user.email, password)).status).toBe(200);
    const asked = await Promise.all(Array.from({ length: 9 }, () => attempt(user.email, "never the right one")));
    expect(asked.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      401, 401, 401, 429, 429, 429, 429, 429, 429,
    ]);
    const before = app.runtime.hasher.count;
    const { status, response } = await attempt(user.email.toUpperCase(), password);
    expect(status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(50);
    const { data } = await failureOf(response);
    expect(data).toMatchObject({
      weirCode: "SIGN_IN_LIMITED",
      retryAfterSeconds: Number(response.headers.get("retry-after")),
    });
    expect(app.runtime.hasher.count).toBe(before);
    expect((await attempt("another.user@example.com", "never the right one")).status).toBe(401);
  });

  test.each([
    "",
    "[]",
    '{"email":"a@example.com"}',
    '{"email":"a","password":"b"}',
    '{"email":"a@example.com","password":"b","rememberMe":false}',
    `{"email":"a@example.com","password":"${"x".repeat(3_000)}"}`,
    "x".repeat(10_000),
  ])("with impossible input is rejected like a wrong password: %#", async (body) => {
    const headers = { ...json, origin: app.origin };
    const response = await at("/api/auth/sign-in/email", { method: "POST", headers, body });
    expect(response.status).toBe(401);
    expect((await failureOf(response)).data.weirCode).toBe("CREDENTIALS_WRONG");
  });

  test("while the database is unreachable fails with that error, and does not count as an attempt", async () => {
    await using alone = await startTestApp();
    await requestSession(alone.origin, "a@example.com", "not the one it is");
    await alone.runtime.database.close();
    const { status, response } = await requestSession(alone.origin, "a@example.com", "not the one it is");
    expect(status).toBe(503);
    expect((await failureOf(response)).data.weirCode).toBe("DATABASE_UNAVAILABLE");
  });
});
