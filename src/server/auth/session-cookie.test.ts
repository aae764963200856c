import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSessionCookie } from "./session-cookie";
import { hashToken, newToken } from "./session-cookie";

const secret = "a secret that is long enough to be one";
const cookie = createSessionCookie({ secret, isSecure: false });
const token = newToken();
const sent = cookie.write(token, 60).split(";", 1)[0] ?? "";

describe("the session cookie", () => {
  test("is found among other cookies and yields only the hash of its token", () => {
    for (const header of [
      sent,
      `a=1; ${sent}`,
      `${sent}; b=2`,
      `x.weir.session=1; ${sent}`,
      `weir.sessions=1;${sent}`,
    ]) {
      expect(cookie.read(header), header).toBe(hashToken(token));
    }
  });

  test("is signed the way better-auth signs its cookies", () => {
    const signature = createHmac("sha256", secret).update("abc").digest("base64");
    expect(cookie.read(`weir.session=${encodeURIComponent(`abc.${signature}`)}`)).toBe(hashToken("abc"));
  });

  test.each([
    undefined,
    "",
    "weir.session",
    "weir.session=",
    "weir.session=abc",
    "weir.session=.abc",
    "weir.session=%E0%A4%A",
    `weir.session=${"a".repeat(600)}.b`,
    sent.replace("weir", "other"),
    sent.replace(/^(weir\.session=.)/, "$1x"),
    `${sent.slice(0, -6)}AAAAAA`,
  ])("%s is rejected", (header) => {
    expect(cookie.read(header)).toBeNull();
  });

  test("signed with another secret is rejected", () => {
    expect(createSessionCookie({ secret: `${secret}!`, isSecure: false }).read(sent)).toBeNull();
  });

  test("over TLS is bound to this host, and never sent without TLS", () => {
    const secure = createSessionCookie({ secret, isSecure: true });
    expect(secure.write(token, 60)).toMatch(
      /^__Host-weir\.session=[^;]+; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(secure.read(sent)).toBeNull();
  });
});
