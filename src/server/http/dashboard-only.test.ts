import { createServer } from "node:http";
import { listen } from "@weir/trpc-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withoutFeatures } from "@/server/auth/page-guard";
import { onlyDashboard } from "./dashboard-only";

const pages = onlyDashboard(async (req, res) => {
  res.end(`${req.url} ${String(req.headers[withoutFeatures])}`);
});
const server = createServer((req, res) => void pages(req, res));
let origin: string;
beforeAll(async () => {
  await listen(server, 0, "127.0.0.1");
  const address = server.address();
  origin = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
});
afterAll(() => void server.close());

test.for(["/", "/?from=mail", "/#top"])("%s redirects to the dashboard", async (path) => {
  const response = await fetch(`${origin}${path}`, { redirect: "manual" });
  expect(response.status).toBe(307);
  expect(response.headers.get("location")).toBe("/admin");
  expect(response.headers.get("cache-control")).toBe("no-store");
});

test.for(["/admin", "/sign-in", "/_next/static/a.js"])("%s is served without links to features", async (path) => {
  expect(await (await fetch(`${origin}${path}`)).text()).toBe(`${path} 1`);
});
