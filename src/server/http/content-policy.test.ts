import { describe, expect, test } from "vitest";
import { createPagePolicies } from "./content-policy";
import { inlineCodeOf } from "./inline-code";

const options = { isTls: false, isDevelopment: false, newNonce: () => "abc" };

/** Of the text `alert(1)`, by `openssl dgst -sha256 -binary | base64`. */
const hashOfAlert = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='";

describe("inline code of a page", () => {
  test("is hashed as it stands there; files and data are none", () => {
    const html =
      "<head><script>alert(1)</script><script src='/a.js' async=''></script><script id=\"_R_\">alert(1)</script>" +
      '<script type="application/ld+json">{}</script><style>a{}</style></head>';
    const { scripts, styles } = inlineCodeOf(html);
    expect(scripts).toEqual([hashOfAlert]);
    expect(styles).toHaveLength(1);
  });

  test("counts white space, as browsers do", () => {
    expect(inlineCodeOf("<script>alert(1)\n</script>").scripts).not.toEqual([hashOfAlert]);
  });
});

describe("the policy of a page", () => {
  const pages = new Map([
    ["/", { scripts: [hashOfAlert], styles: [] }],
    ["/_not-found", { scripts: ["'sha256-theme'"], styles: [] }],
  ]);

  test("that the build rendered allows its own hashes and no nonce", () => {
    const { value, nonce } = createPagePolicies(pages, options)("/");
    expect(nonce).toBeNull();
    expect(value).toContain(`script-src 'self' ${hashOfAlert};`);
    expect(value).toContain("style-src 'self';");
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"]) {
      expect(value).toContain(part);
    }
    expect(value).not.toMatch(/unsafe|data:|https?:|\*/);
  });

  test("that is rendered now has a nonce that serves once, and what all pages share", () => {
    let count = 0;
    const policyOf = createPagePolicies(pages, { ...options, newNonce: () => `n${(count += 1)}` });
    expect(policyOf("/admin").value).toContain("script-src 'self' 'nonce-n1' 'sha256-theme';");
    expect(policyOf("/admin/").nonce).toBe("n2");
  });

  test("asks for TLS only behind TLS, and is relaxed only in development", () => {
    expect(createPagePolicies(pages, { ...options, isTls: true })("/").value).toContain("upgrade-insecure-requests");
    expect(createPagePolicies(pages, options)("/").value).not.toContain("upgrade-insecure-requests");
    const { value } = createPagePolicies(new Map(), { ...options, isDevelopment: true })("/");
    expect(value).toContain("script-src 'self' 'unsafe-inline' 'unsafe-eval';");
    // A nonce would switch 'unsafe-inline' off.
    expect(value).not.toContain("nonce-");
  });
});
