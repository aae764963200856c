import { getTRPCErrorFromUnknown, type TRPCDefaultErrorShape, TRPCError } from "@trpc/server";
import { type ErrorFacts, WeirError } from "@weir/core/errors";

/** What the handler sends beside tRPC's own error data. */
export type ErrorData<Code extends string = string> = ErrorFacts & {
  /** The code of `docs/errors.md`; null for errors that tRPC raises itself. */
  weirCode: Code | null;
  /** The problems of the input, one entry each; empty for other errors. */
  problems: { path: string; message: string }[];
};

type Issue = { path?: readonly unknown[]; message: string };

function issuesOf(cause: unknown): readonly Issue[] {
  if (typeof cause !== "object" || cause === null || !("issues" in cause) || !Array.isArray(cause.issues)) return [];
  // A ZodError: its issues carry a path and a message.
  return cause.issues as Issue[];
}

const maxProblems = 20;
const safeInternalMessage = "Something went wrong on the server. The log has the details under the request ID.";

type Formatted<Code extends string> = Omit<TRPCDefaultErrorShape, "data"> & {
  data: TRPCDefaultErrorShape["data"] & ErrorData<Code>;
};

/**
 * For tRPC's `errorFormatter`: adds the catalogue's code and facts, joins the problems of the input into one readable line,
 * and hides the message of unexpected errors. `Code` is the union of all catalogues that the router throws from.
 */
export function formatError<Code extends string = string>({
  shape,
  error,
}: {
  shape: TRPCDefaultErrorShape;
  error: TRPCError;
}): Formatted<Code> {
  const weirError = error.cause instanceof WeirError ? error.cause : null;
  const problems = error.code === "BAD_REQUEST" ? issuesOf(error.cause).slice(0, maxProblems) : [];
  const isUnexpected = error.code === "INTERNAL_SERVER_ERROR" && weirError === null;
  const data: ErrorData<Code> = {
    ...weirError?.facts,
    // The caller vouches for the union: a code outside it is a bug of the router.
    weirCode: (weirError?.code ?? null) as Code | null,
    problems: problems.map(({ path, message }) => ({ path: (path ?? []).join("."), message })),
  };
  const message =
    data.problems.length > 0
      ? data.problems.map(({ path, message: text }) => (path === "" ? text : `${path}: ${text}`)).join("; ")
      : shape.message;
  return { ...shape, message: isUnexpected ? safeInternalMessage : message, data: { ...shape.data, ...data } };
}

/** Turns an error of a catalogue into tRPC's: the only place that does. */
export function toTrpcError(cause: WeirError): TRPCError {
  return new TRPCError({ code: cause.rpcCode, message: cause.message, cause });
}

/** Any thrown value as the error that tRPC sends, with the code of its catalogue where it has one. */
export function errorFrom(cause: unknown): TRPCError {
  return cause instanceof WeirError ? toTrpcError(cause) : getTRPCErrorFromUnknown(cause);
}
