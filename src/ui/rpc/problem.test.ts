import { TRPCClientError } from "@trpc/client";
import { describe, expect, it } from "vitest";
import { describeProblem } from "./problem";

const answered = (code: string, weirCode: string | null, message = "No city has this id.") =>
  TRPCClientError.from({ error: { code: -32_004, message, data: { code, httpStatus: 404, weirCode } } });

describe("describeProblem", () => {
  it("tells a missing thing by its code and does not offer to try again", () => {
    expect(describeProblem(answered("NOT_FOUND", "CITY_NOT_FOUND"))).toEqual({
      kind: "notFound",
      title: "Not found",
      detail: "No city has this id.",
      code: "CITY_NOT_FOUND",
      isWorthRetrying: false,
    });
  });

  it.each([
    ["FORBIDDEN", "forbidden", false],
    ["BAD_REQUEST", "badRequest", false],
    ["SERVICE_UNAVAILABLE", "busy", true],
    ["GATEWAY_TIMEOUT", "timeout", true],
    ["INTERNAL_SERVER_ERROR", "server", true],
    ["A_CODE_OF_TOMORROW", "server", true],
  ])("reads %s as %s", (code, kind, isWorthRetrying) => {
    expect(describeProblem(answered(code, null))).toMatchObject({ kind, isWorthRetrying, code: null });
  });

  it("takes a request that got no answer as a lost network", () => {
    const lost = TRPCClientError.from(new TypeError("Failed to fetch"));
    expect(describeProblem(lost)).toMatchObject({ kind: "offline", isWorthRetrying: true });
  });

  it("takes an answer that is not tRPC's as an error of the server", () => {
    const html = TRPCClientError.from(new SyntaxError("Unexpected token <"), {
      meta: { response: new Response("<p>") },
    });
    expect(describeProblem(html)).toMatchObject({ kind: "server", detail: "" });
  });

  it("passes on nothing that does not look like a code", () => {
    expect(describeProblem(answered("NOT_FOUND", "toString")).code).toBeNull();
  });
});
