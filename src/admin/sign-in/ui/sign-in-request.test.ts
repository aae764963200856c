import { describe, expect, it } from "vitest";
import { readResponse } from "./sign-in-request";

const responseOf = (status: number, headers: Record<string, string> = {}) => readResponse(status, new Headers(headers));

describe("readResponse", () => {
  it("does not distinguish an unknown email, a wrong password and a disabled user", () => {
    for (const status of [400, 401, 422]) expect(responseOf(status)).toEqual({ kind: "refused" });
  });

  it.each([
    ["17", 17],
    ["0", 1],
    ["999999", 3_600],
    ["Wed, 21 Oct 2026 07:28:00 GMT", 60],
    ["-5", 60],
    ["", 60],
  ])("reads Retry-After %j as %d seconds", (header, retryAfterSeconds) => {
    expect(responseOf(429, { "retry-after": header })).toEqual({ kind: "limited", retryAfterSeconds });
  });

  it("gives a failure the request ID of the server log", () => {
    expect(responseOf(500, { "x-request-id": "ab-1" })).toEqual({ kind: "failed", requestId: "ab-1" });
    expect(responseOf(503)).toEqual({ kind: "busy" });
    expect(responseOf(403)).toEqual({ kind: "foreign" });
    expect(responseOf(200)).toEqual({ kind: "signedIn" });
  });
});
