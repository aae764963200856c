import { describe, expect, it } from "vitest";
import { readAnswer } from "./sign-in-request";

const answer = (status: number, headers: Record<string, string> = {}) => readAnswer(status, new Headers(headers));

describe("readAnswer", () => {
  it("does not tell an unknown address from a wrong password or from a disabled account", () => {
    for (const status of [400, 401, 422]) expect(answer(status)).toEqual({ kind: "refused" });
  });

  it.each([
    ["17", 17],
    ["0", 1],
    ["999999", 3_600],
    ["Wed, 21 Oct 2026 07:28:00 GMT", 60],
    ["-5", 60],
    ["", 60],
  ])("of a limit, Retry-After %j means %d seconds", (header, retryAfterSeconds) => {
    expect(answer(429, { "retry-after": header })).toEqual({ kind: "limited", retryAfterSeconds });
  });

  it("gives a failure the id that the server's log knows it by", () => {
    expect(answer(500, { "x-request-id": "ab-1" })).toEqual({ kind: "failed", requestId: "ab-1" });
    expect(answer(503)).toEqual({ kind: "busy" });
    expect(answer(403)).toEqual({ kind: "foreign" });
    expect(answer(200)).toEqual({ kind: "signedIn" });
  });
});
