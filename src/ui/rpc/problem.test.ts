import { TRPCClientError } from "@trpc/client";
import { describe, expect, it } from "vitest";
import { describeProblem } from "./problem";

const failedWith = (code: string, weirCode: string | null, message = "No note with this ID exists.") =>
  TRPCClientError.from({ error: { code: -32_004, message, data: { code, httpStatus: 404, weirCode } } });

describe("describeProblem", () => {
  it("reports a missing entity with its code and offers no retry", () => {
    expect(describeProblem(failedWith("NOT_FOUND", "NOTE_NOT_FOUND"))).toEqual({
      kind: "notFound",
      title: "Not found",
      detail: "No note with this ID exists.",
      code: "NOTE_NOT_FOUND",
      isWorthRetrying: false,
    });
  });

  it.each([
    ["FORBIDDEN", "forbidden", false],
    ["BAD_REQUEST", "badRequest", false],
    ["SERVICE_UNAVAILABLE", "busy", true],
    ["GATEWAY_TIMEOUT", "timeout", true],
    ["INTERNAL_SERVER_ERROR", "server", true],
    ["AN_UNKNOWN_CODE", "server", true],
  ])("reads %s as %s", (code, kind, isWorthRetrying) => {
    expect(describeProblem(failedWith(code, null))).toMatchObject({ kind, isWorthRetrying, code: null });
  });

  it("treats a request without a response as offline", () => {
    const lost = TRPCClientError.from(new TypeError("Failed to fetch"));
    expect(describeProblem(lost)).toMatchObject({ kind: "offline", isWorthRetrying: true });
  });

  it("treats a response that is not tRPC's as a server error", () => {
    const html = TRPCClientError.from(new SyntaxError("Unexpected token <"), {
      meta: { response: new Response("<p>") },
    });
    expect(describeProblem(html)).toMatchObject({ kind: "server", detail: "" });
  });

  it("drops a code that does not look like one", () => {
    expect(describeProblem(failedWith("NOT_FOUND", "toString")).code).toBeNull();
  });
});
