import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPC_ERROR_CODES_BY_KEY, type TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import { expect, test } from "vitest";
import { defineErrors, isServerFault, WeirError } from "./errors";

const TideError = defineErrors({
  TIDE_LOW: { rpcCode: "SERVICE_UNAVAILABLE", message: "The water is too low.", when: "At ebb.", fix: "Wait." },
  TIDE_HIGH: { rpcCode: "CONFLICT", message: "The water is too high.", when: "At flood.", fix: "Wait." },
});

test.for(["TIDE_LOW", "TIDE_HIGH"] as const)("%s carries the message and the tRPC code of its catalogue", (code) => {
  const error = new TideError(code);
  expect(error).toBeInstanceOf(WeirError);
  expect(error).toMatchObject({
    name: "WeirError",
    code,
    message: TideError.catalogue[code].message,
    rpcCode: TideError.catalogue[code].rpcCode,
    facts: {},
  });
  expect(error.cause).toBeUndefined();
});

test("a detail follows the message, a cause stays out of it", () => {
  const cause = new Error("password authentication failed for user weir");
  const error = new TideError("TIDE_LOW", { detail: "Attempt 2.", cause });
  expect(error.message).toBe("The water is too low. Attempt 2.");
  expect(error.cause).toBe(cause);
  expect(JSON.stringify(error)).not.toContain("password");
});

// Object.keys widens the keys it returns.
const codes = Object.keys(TRPC_ERROR_CODES_BY_KEY) as TRPC_ERROR_CODE_KEY[];

test.each(codes)("%s is a fault of the server if its HTTP status is 5xx, or for a timeout", (code) => {
  const status = getHTTPStatusCodeFromError(new TRPCError({ code }));
  expect(isServerFault(code)).toBe(status >= 500 || code === "TIMEOUT");
});

test("an unknown code counts as a fault of the server", () => {
  expect(isServerFault("UNKNOWN")).toBe(true);
});
