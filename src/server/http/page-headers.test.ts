import { expect, test } from "vitest";
import { openServer } from "../../../packages/trpc-node/src/conformance/open-server";
import { createSecurityHeaders, withPagePolicies } from "./page-headers";

const hash = "'sha256-theme'";
const options = {
  pages: new Map([["/", { scripts: [hash], styles: [] }]]),
  isTls: false,
  isDevelopment: false,
  newNonce: () => "fresh",
};

test("a page gets its policy, its renderer the nonce, and what the client sent there is dropped", async () => {
  const pages = withPagePolicies(async (req, res) => {
    res.end(String(req.headers["content-security-policy"] ?? req.headers["content-security-policy-report-only"]));
  }, options);
  await using server = await openServer((req, res) => void pages(req, res));
  const forged = "script-src 'nonce-forged'";
  const headers = { "content-security-policy": forged, "content-security-policy-report-only": forged };
  const ask = async (path: string): Promise<[policy: string | null, seen: string]> => {
    const response = await fetch(`${server.origin}${path}`, { headers });
    return [response.headers.get("content-security-policy"), await response.text()];
  };
  const [policy, seen] = await ask("/?q=kyoto");
  expect(policy).toContain(`script-src 'self' ${hash};`);
  expect(seen).toBe("undefined");
  const [rendered, told] = await ask("/admin");
  expect(rendered).toContain("'nonce-fresh'");
  expect(told).toBe(rendered);
  expect((await ask("/_next/static/chunks/a.js"))[0]).toBeNull();
});

test("TLS is asked for only behind TLS", async () => {
  for (const isTls of [false, true]) {
    const setHeaders = createSecurityHeaders({ isTls });
    await using server = await openServer((_req, res) => {
      setHeaders(res);
      res.end();
    });
    const { headers } = await fetch(server.origin);
    expect(headers.has("strict-transport-security")).toBe(isTls);
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
  }
});
