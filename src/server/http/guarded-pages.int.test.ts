import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageRoles } from "@/admin/pages";
import { type SignedInUser, startTestApp, type TestApp } from "@/dev/test-app";

type Answered = { status: number; body: string; cacheControl: string | undefined };

let app: TestApp;
let viewer: SignedInUser;
let admin: SignedInUser;
beforeAll(async () => {
  // Echoes the URL that Next would render.
  app = await startTestApp({
    pages: async (req, res) => {
      res.setHeader("cache-control", "s-maxage=31536000");
      res.setHeader("etag", '"kept"');
      res.writeHead(req.headers["if-none-match"] === undefined ? 200 : 304).end(`page ${req.url}`);
    },
  });
  viewer = await app.signIn("viewer");
  admin = await app.signIn("admin");
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

/** Sends the path unchanged; `fetch` would normalize it. */
function get(path: string, headers: Record<string, string> = {}): Promise<Answered> {
  const { hostname, port } = new URL(app.origin);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (res) => {
      let body = "";
      res.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      res.on("end", () => resolve({ status: res.statusCode ?? 0, body, cacheControl: res.headers["cache-control"] }));
    })
      .on("error", reject)
      .end();
  });
}

describe("rule S1: pages over HTTP", () => {
  test("signed out, every page is the uncacheable sign-in page with status 401", async () => {
    for (const path of Object.keys(pageRoles)) {
      for (const asked of [path, `${path}/`, `${path}?next=1`, `/${path}`, path.toUpperCase(), `/x/..${path}`]) {
        const answered = await get(asked, { "if-none-match": '"kept"' });
        expect(answered, asked).toEqual({ status: 401, body: "page /sign-in", cacheControl: "private, no-store" });
      }
    }
  });

  test("data requests of Next pages are rejected with plain text", async () => {
    for (const [path, headers] of [
      ["/admin?_rsc=1x2y", {}],
      ["/admin", { rsc: "1" }],
      ["/admin/users", { "next-router-prefetch": "1" }],
      ["/admin", { "next-router-state-tree": "%5B%22%22%5D" }],
    ] as const) {
      expect(await get(path, headers)).toMatchObject({ status: 401, body: "Sign in first.\n" });
    }
  });

  test("an unsigned cookie, or one whose session has ended, is ignored", async () => {
    const forged = viewer.cookie.replace(/\.[^.]*$/, ".c2lnbmVkIGJ5IG1l");
    const [name = ""] = viewer.cookie.split("=");
    for (const cookie of [forged, `${name}=`, `${name}=%E0%A4%A`, `${name}=a.b; x=1`]) {
      expect((await get("/admin", { cookie })).status, cookie).toBe(401);
    }
    const leaver = await app.signIn("viewer");
    expect((await get("/admin", { cookie: leaver.cookie })).status).toBe(200);
    const out = { method: "POST", headers: { ...leaver.headers, "content-type": "application/json" }, body: "{}" };
    expect((await fetch(`${app.origin}/api/auth/sign-out`, out)).status).toBe(200);
    expect((await get("/admin", { cookie: leaver.cookie })).status).toBe(401);
  });

  test("a role that is too low gets 403 with the required role", async () => {
    const shown = await get("/admin/users", { cookie: viewer.cookie });
    expect(shown).toEqual({ status: 403, body: "page /forbidden", cacheControl: "private, no-store" });
    const fetched = await get("/admin/users", { cookie: viewer.cookie, rsc: "1" });
    expect(fetched).toMatchObject({ status: 403, body: "This page requires the role admin.\n" });
  });

  test("users with the role get the page, uncacheable", async () => {
    expect(await get("/admin?range=1h", { cookie: `a=b; ${viewer.cookie}` })).toEqual({
      status: 200,
      body: "page /admin?range=1h",
      cacheControl: "private, no-store",
    });
    expect((await get("/admin/users", { cookie: admin.cookie })).status).toBe(200);
  });

  test("public pages need no session", async () => {
    expect(await get("/")).toEqual({ status: 200, body: "page /", cacheControl: "no-cache" });
  });
});
