import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPC_ERROR_CODES_BY_KEY, type TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import { expect, test } from "vitest";
import { isServerFault } from "./rpc-codes";

// Object.keys widens the keys it returns.
const codes = Object.keys(TRPC_ERROR_CODES_BY_KEY) as TRPC_ERROR_CODE_KEY[];

test.each(codes)("%s is the server's fault when its status says so, or when it was late", (code) => {
  const status = getHTTPStatusCodeFromError(new TRPCError({ code }));
  expect(isServerFault(code)).toBe(status >= 500 || code === "TIMEOUT");
});

test("a code that is not known counts as the server's fault", () => {
  expect(isServerFault("UNKNOWN")).toBe(true);
});
