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
      `x.${cookie.name}=1; ${sent}`,
      `${cookie.name}s=1;${sent}`,
    ]) {
      expect(cookie.read(header), header).toBe(hashToken(token));
    }
  });

  test("is signed the way better-auth signs its cookies", () => {
    const signature = createHmac("sha256", secret).update("abc").digest("base64");
    expect(cookie.read(`${cookie.name}=${encodeURIComponent(`abc.${signature}`)}`)).toBe(hashToken("abc"));
  });

  test.each([
    undefined,
    "",
    cookie.name,
    `${cookie.name}=`,
    `${cookie.name}=abc`,
    `${cookie.name}=.abc`,
    `${cookie.name}=%E0%A4%A`,
    `${cookie.name}=${"a".repeat(600)}.b`,
    sent.replace("weir", "other"),
    sent.replace(/^([^=]+=.)/, "$1x"),
    `${sent.slice(0, -6)}AAAAAA`,
  ])("%s is rejected", (header) => {
    expect(cookie.read(header)).toBeNull();
  });

  test("signed with another secret is rejected", () => {
    const other = createSessionCookie({ secret: `${secret}!`, isSecure: false });
    expect(other.read(sent)).toBeNull();
    expect(other.read(sent.replace(cookie.name, other.name))).toBeNull();
  });

  test("does not replace that of another installation on the same host, and is the same on all nodes of one", () => {
    const other = createSessionCookie({ secret: `${secret}!`, isSecure: false });
    expect(other.name).not.toBe(cookie.name);
    const jar = `${other.write(newToken(), 60).split(";", 1)[0]}; ${sent}`;
    expect(cookie.read(jar)).toBe(hashToken(token));
    expect(other.isIn(sent)).toBe(false);
    expect(createSessionCookie({ secret, isSecure: false }).name).toBe(cookie.name);
  });

  test("over TLS is bound to this host, and never sent without TLS", () => {
    const secure = createSessionCookie({ secret, isSecure: true });
    expect(secure.write(token, 60)).toMatch(
      /^__Host-weir\.session\.[0-9a-f]{8}=[^;]+; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(secure.read(sent)).toBeNull();
  });
});
