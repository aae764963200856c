import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SignedInUser, startTestApp, type TestApp } from "@/dev/test-app";

let app: TestApp;
let admin: SignedInUser;
beforeAll(async () => {
  app = await startTestApp({
    trustedProxies: ["127.0.0.0/8"],
    pages: async (_req, res) => {
      res.setHeader("vary", "rsc");
      res.setHeader("cache-control", "s-maxage=31536000");
      res.end("a page");
    },
  });
  admin = await app.signIn("admin");
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

/** The headers that tell caches what to keep. The body is not read to its end, which a stream does not have. */
async function ask(path: string, init: RequestInit = {}) {
  const leaving = new AbortController();
  const { headers, status } = await fetch(`${app.origin}${path}`, { ...init, signal: leaving.signal });
  leaving.abort();
  return { status, control: headers.get("cache-control"), vary: headers.get("vary") ?? "" };
}

const byId = "note.byId?input=%7B%22id%22%3A1008%7D";
const json = { "content-type": "application/json" };
const stream = { accept: "text/event-stream" };
const post = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body,
  headers: { ...json, ...headers },
});

/** Responses that are for one caller, each for a caller with a session and for one without. */
const personal: Record<string, [path: string, init?: RequestInit]> = {
  "a query": ["users.list"],
  "a public query that tells who asks": ["account.me"],
  "a query by POST": ["users.list", post("{}")],
  "an invalid input": ["audit.list?input=%7B%22limit%22%3A-1%7D"],
  "an input that is not JSON": ["audit.list?input=%7B"],
  "a mutation": ["account.changeName", post('{"name":"Ada"}', { origin: "" })],
  "a batch with one of them": [`note.byId,account.me?batch=1&input=%7B%220%22%3A%7B%22id%22%3A1008%7D%7D`],
  "a streamed batch with one of them": [
    `note.byId,account.me?batch=1&input=%7B%220%22%3A%7B%22id%22%3A1008%7D%7D`,
    { headers: { "trpc-accept": "application/jsonl" } },
  ],
  "a subscription": [
    "insights.live?input=%7B%22asks%22%3A%5B%7B%22name%22%3A%22status%22%7D%5D%7D",
    { headers: stream },
  ],
  "a subscription without an input": ["insights.live", { headers: stream }],
};

describe.each(["signed in", "signed out"])("%s", (state) => {
  test.each(Object.entries(personal))("no cache keeps the response to %s", async (_name, [path, init = {}]) => {
    const own: Record<string, string> = state === "signed in" ? admin.headers : {};
    // The type allows other forms, which are not used here.
    const given = Object.entries((init.headers ?? {}) as Record<string, string>).filter(([, value]) => value !== "");
    const { control, vary } = await ask(`/api/trpc/${path}`, {
      ...init,
      headers: { ...Object.fromEntries(given), ...own },
    });
    expect(control).toBe("private, no-store");
    expect(vary.toLowerCase().split(/,\s*/)).toContain("cookie");
  });

  test.each(["/admin", "/admin/users", "/admin?_rsc=1", "/admin/users.rsc"])("nor the page %s", async (path) => {
    const headers: Record<string, string> = state === "signed in" ? admin.headers : {};
    const { control, vary } = await ask(path, { headers });
    expect(control).toBe("private, no-store");
    expect(vary.toLowerCase()).toContain("cookie");
  });
});

test.each<[string, RequestInit?]>([
  ["/api/auth/sign-in/email"],
  ["/api/auth/no-such", {}],
  ["/api/auth/sign-in/email", post("{}")],
  ["/api/auth/sign-out", post("{}")],
])("no cache keeps the response of %s", async (path, init) => {
  const { control, vary } = await ask(path, init);
  expect(control).toMatch(/no-store/);
  expect(vary).toBe("cookie");
});

test("what is the same for every caller may be kept and asked for again", async () => {
  for (let time = 0; time < 3; time += 1) {
    for (const headers of [{}, admin.headers]) {
      expect(await ask(`/api/trpc/${byId}`, { headers })).toEqual({
        status: 200,
        control: "no-cache",
        vary: expect.not.stringContaining("cookie"),
      });
    }
  }
  expect((await ask("/api/trpc/note.byId,note.byId?batch=1")).control).toBe("no-cache");
});

describe("over TLS through a trusted proxy", () => {
  const tls = { "x-forwarded-proto": "https" };
  async function cookiesOf(path: string, body: object, headers: Record<string, string>): Promise<string[]> {
    const init = { method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(body) };
    const response = await fetch(`${app.origin}${path}`, init);
    expect(response.status, await response.text()).toBe(200);
    return response.headers.getSetCookie();
  }

  test("every cookie is Secure, and without TLS none is", async () => {
    const viewer = await app.signIn("viewer");
    const signIn = { email: viewer.user.email, password: viewer.password };
    const { origin } = app;
    const change = { currentPassword: viewer.password, newPassword: `${viewer.password} more` };
    const changed = await cookiesOf("/api/trpc/account.changePassword", change, { ...viewer.headers, ...tls });
    expect(changed).toEqual([expect.stringMatching(/; HttpOnly; SameSite=Lax; Secure$/)]);
    signIn.password = change.newPassword;
    const [secure = ""] = await cookiesOf("/api/auth/sign-in/email", signIn, { origin, ...tls });
    expect(secure).toMatch(/; Secure$/);
    const [plain = ""] = await cookiesOf("/api/auth/sign-in/email", signIn, { origin });
    expect(plain).not.toMatch(/secure/i);
    const cookie = plain.split(";", 1)[0] ?? "";
    const [gone = ""] = await cookiesOf("/api/auth/sign-out", {}, { origin, cookie, ...tls });
    expect(gone).toMatch(/; Secure$/);
  });
});
