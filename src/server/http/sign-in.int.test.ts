import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requestSession, startTestApp, type TestApp } from "@/dev/test-app";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

type Headers = Record<string, string>;
const ask = (path: string, headers: Headers): Promise<Response> => fetch(`${app.origin}/api/trpc/${path}`, { headers });
const act = (path: string, input: unknown, headers: Headers): Promise<Response> =>
  fetch(`${app.origin}/api/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(input ?? null),
  });
// The envelopes are tRPC's; a wrong shape fails the expectations.
const dataOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { result: { data: unknown } }).result.data;
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { error: { data: { weirCode: unknown } } }).error.data.weirCode;

test("a new user signs in, changes the temporary password, and has a session of their own", async () => {
  const { headers, user } = await app.signIn("operator");
  expect(await dataOf(await ask("account.me", headers))).toMatchObject({
    id: user.id,
    email: user.email,
    role: "operator",
    mustChangePassword: false,
  });
  expect(await dataOf(await ask("account.me", {}))).toBeNull();
  // A script tag of another site sends the cookie where a browser does not know SameSite.
  const { cookie } = headers;
  expect(await dataOf(await ask("account.me", { cookie, "sec-fetch-site": "cross-site" }))).toBeNull();
  expect(await dataOf(await ask("account.me", { cookie, "sec-fetch-site": "none" }))).toMatchObject({ id: user.id });
  expect(await dataOf(await ask("account.sessions", headers))).toMatchObject([
    { isCurrent: true, address: "127.0.0.1" },
  ]);
});

test("no user gets a response made for another", async () => {
  const one = await app.signIn("viewer");
  const two = await app.signIn("admin");
  const who = async (headers: Headers): Promise<unknown> => dataOf(await ask("account.me", headers));
  for (let round = 0; round < 4; round += 1) {
    expect(await who(one.headers)).toMatchObject({ id: one.user.id });
    expect(await who(two.headers)).toMatchObject({ id: two.user.id });
    expect(await who({})).toBeNull();
  }
  // Responses from finished bytes are the same for all users and set no cookie.
  const note = `note.byId?input=${encodeURIComponent('{"id":1001}')}`;
  const seen = new Set<string>();
  const askers: Headers[] = [{}, {}, {}, one.headers, { cookie: two.cookie }, {}];
  for (const headers of askers) {
    const response = await ask(note, headers);
    expect(response.headers.getSetCookie()).toEqual([]);
    seen.add(await response.text());
  }
  expect(seen.size).toBe(1);
});

test("a temporary password gives access only to the user's own account", async () => {
  const actor = { id: null, label: "test", sessionId: null, address: null, requestId: null };
  const { users } = app.runtime.services;
  const made = await users.create({ email: "new@example.com", name: "New", role: "admin" }, actor);
  const { cookie, response } = await requestSession(app.origin, "new@example.com", made.temporaryPassword);
  expect(await response.json()).toEqual({
    user: { id: made.user.id, email: "new@example.com", name: "New", role: "admin" },
    mustChangePassword: true,
  });
  expect(await codeOf(await ask("users.list", { cookie }))).toBe("PASSWORD_CHANGE_REQUIRED");
  expect((await ask("account.sessions", { cookie })).status).toBe(200);
});

test("a user has at most a hundred sessions: the next one ends the least recently used", async () => {
  const { headers, user, password } = await app.signIn("viewer");
  const { db } = app.runtime.database;
  await db.execute(sql`
    insert into weir.sessions (id, user_id, token, last_seen_at, expires_at)
    select 'old-' || n, ${user.id}, 'old-' || n, now() - make_interval(mins => n), now() + interval '1 day'
    from generate_series(1, 120) as n`);
  expect((await requestSession(app.origin, user.email, password)).response.status).toBe(200);
  const left = await db.execute<{ id: string }>(
    sql`select id from weir.sessions where user_id = ${user.id} and id like 'old-%'`,
  );
  // Besides the new one and the previous one, which was used last.
  expect(left.map(({ id }) => id).toSorted()).toEqual(
    Array.from({ length: 98 }, (_, index) => `old-${index + 1}`).toSorted(),
  );
  expect((await ask("account.sessions", headers)).status).toBe(200);
});

test("signing out ends the session and makes the browser forget it", async () => {
  const { headers } = await app.signIn("viewer");
  const out = await fetch(`${app.origin}/api/auth/sign-out`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: "{}",
  });
  expect(out.status).toBe(200);
  expect(out.headers.getSetCookie()).toEqual([expect.stringMatching(/^weir\.session\.[0-9a-f]{8}=;.*Max-Age=0/)]);
  expect((await ask("account.sessions", headers)).status).toBe(401);
});

test("signing in again replaces the browser's session", async () => {
  const { headers, user, password } = await app.signIn("viewer");
  const again = await fetch(`${app.origin}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ email: user.email.toUpperCase(), password }),
  });
  expect(again.status).toBe(200);
  const [set = ""] = again.headers.getSetCookie();
  expect(set).toMatch(/^weir\.session\.[0-9a-f]{8}=[^;]+; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/i);
  expect((await ask("account.sessions", headers)).status).toBe(401);
  const cookie = set.split(";", 1)[0] ?? "";
  expect(await dataOf(await ask("account.sessions", { cookie }))).toHaveLength(1);
});

test("a changed password ends the other sessions, and this one continues under a new token", async () => {
  const { headers, user, password } = await app.signIn("viewer");
  const elsewhere = await requestSession(app.origin, user.email, password);
  const wrong = { currentPassword: "not the one it is", newPassword: "another fine one 7" };
  expect(await codeOf(await act("account.changePassword", wrong, headers))).toBe("PASSWORD_WRONG");
  const weak = { currentPassword: password, newPassword: user.email };
  expect(await codeOf(await act("account.changePassword", weak, headers))).toBe("PASSWORD_WEAK");
  const changed = await act("account.changePassword", { ...wrong, currentPassword: password }, headers);
  expect(await dataOf(changed)).toEqual({ revoked: 1 });
  const renewed = changed.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  expect((await ask("account.sessions", { cookie: renewed })).status).toBe(200);
  expect((await ask("account.sessions", headers)).status).toBe(401);
  expect((await ask("account.sessions", { cookie: elsewhere.cookie })).status).toBe(401);
});

test("a password of maximum length in surrogate pairs still signs in", async () => {
  const { headers, user, password } = await app.signIn("viewer");
  const newPassword = "🦊🐻🐼🐨🐯🦁".repeat(15);
  const changed = await act("account.changePassword", { currentPassword: password, newPassword }, headers);
  expect(changed.status).toBe(200);
  const signedIn = await fetch(`${app.origin}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: app.origin },
    body: JSON.stringify({ email: user.email, password: newPassword }),
  });
  expect(signedIn.status).toBe(200);
});
