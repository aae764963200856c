import { describe, expect, test } from "vitest";
import { openServer } from "../../../packages/trpc-node/src/conformance/open-server";
import { createPagePolicies, createSecurityHeaders, inlineCodeOf, withPagePolicies } from "./page-headers";

const hash = "'sha256-theme'";
const options = {
  pages: new Map([["/", { scripts: [hash], styles: [] }]]),
  isTls: false,
  isDevelopment: false,
  newNonce: () => "fresh",
};

test("a page gets its policy, its renderer gets the nonce, and the client's own header is dropped", async () => {
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

test("HSTS is sent only behind TLS", async () => {
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

const policyOptions = { isTls: false, isDevelopment: false, newNonce: () => "abc" };

/** Of the text `alert(1)`, by `openssl dgst -sha256 -binary | base64`. */
const hashOfAlert = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='";

describe("inline code of a page", () => {
  test("is hashed exactly as written; files and data are left out", () => {
    const html =
      "<head><script>alert(1)</script><script src='/a.js' async=''></script><script id=\"_R_\">alert(1)</script>" +
      '<script type="application/ld+json">{}</script><style>a{}</style></head>';
    const { scripts, styles } = inlineCodeOf(html);
    expect(scripts).toEqual([hashOfAlert]);
    expect(styles).toHaveLength(1);
  });

  test("is hashed with its white space, as browsers do", () => {
    expect(inlineCodeOf("<script>alert(1)\n</script>").scripts).not.toEqual([hashOfAlert]);
  });
});

describe("the policy of a page", () => {
  const pages = new Map([
    ["/", { scripts: [hashOfAlert], styles: [] }],
    ["/_not-found", { scripts: ["'sha256-theme'"], styles: [] }],
  ]);

  test("from the build allows its own hashes and no nonce", () => {
    const { value, nonce } = createPagePolicies(pages, policyOptions)("/");
    expect(nonce).toBeNull();
    expect(value).toContain(`script-src 'self' ${hashOfAlert};`);
    expect(value).toContain("style-src 'self';");
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"]) {
      expect(value).toContain(part);
    }
    expect(value).not.toMatch(/unsafe|data:|https?:|\*/);
  });

  test("rendered on request allows a one-time nonce and the shared inline code", () => {
    let count = 0;
    const policyOf = createPagePolicies(pages, { ...policyOptions, newNonce: () => `n${(count += 1)}` });
    expect(policyOf("/admin").value).toContain("script-src 'self' 'nonce-n1' 'sha256-theme';");
    expect(policyOf("/admin/").nonce).toBe("n2");
  });

  test("upgrades to TLS only behind TLS, and is relaxed only in development", () => {
    expect(createPagePolicies(pages, { ...policyOptions, isTls: true })("/").value).toContain(
      "upgrade-insecure-requests",
    );
    expect(createPagePolicies(pages, policyOptions)("/").value).not.toContain("upgrade-insecure-requests");
    const { value } = createPagePolicies(new Map(), { ...policyOptions, isDevelopment: true })("/");
    expect(value).toContain("script-src 'self' 'unsafe-inline' 'unsafe-eval';");
    // A nonce would switch 'unsafe-inline' off.
    expect(value).not.toContain("nonce-");
  });
});
