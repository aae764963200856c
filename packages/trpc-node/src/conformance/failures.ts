import { TRPCError } from "@trpc/server";
import { TRPC_ERROR_CODES_BY_KEY, type TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";

// The keys of the table are its codes.
export const errorCodes = Object.keys(TRPC_ERROR_CODES_BY_KEY) as TRPC_ERROR_CODE_KEY[];

class OwnError extends Error {
  override readonly name = "OwnError";
  readonly extra = { kept: true };
}

/** Values to throw, by name. */
export const thrown: Record<string, () => unknown> = {
  error: () => new Error("an error"),
  own: () => new OwnError("an own error"),
  string: () => "a string",
  number: () => 42,
  nothing: () => undefined,
  null: () => null,
  object: () => ({ message: "an object", code: "NOT_FOUND" }),
  array: () => ["an", "array"],
  function: () => () => "a function",
  withoutMessage: () => new Error(),
  named: () => Object.assign(new Error("named as tRPC's"), { name: "TRPCError", code: "CONFLICT" }),
  caused: () => new TRPCError({ code: "BAD_REQUEST", message: "outer", cause: new Error("inner") }),
  messageOfCause: () => new TRPCError({ code: "FORBIDDEN", cause: new Error("the cause speaks") }),
  unicode: () => new TRPCError({ code: "NOT_FOUND", message: "nicht gefunden: São Paulo 東京 \u2028 \ud800" }),
  aborted: () => new DOMException("The operation was aborted", "AbortError"),
};

/** A tRPC error of this code. */
export const failWith = (code: TRPC_ERROR_CODE_KEY): TRPCError => new TRPCError({ code, message: `this is ${code}` });
