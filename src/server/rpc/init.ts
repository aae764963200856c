import { initTRPC, TRPCError } from "@trpc/server";
import { type ErrorCode, WeirError } from "@/shared/errors";
import type { Context } from "./context";

/** What travels beside tRPC's own error data. */
export type ErrorData = {
  /** The code of `docs/errors.md`; null for errors that tRPC raises by itself. */
  weirCode: ErrorCode | null;
  /** What was wrong with the input, one line per problem; empty for other errors. */
  problems: { path: string; message: string }[];
};

type Issue = { path?: readonly unknown[]; message: string };

function issuesOf(cause: unknown): readonly Issue[] {
  if (typeof cause !== "object" || cause === null || !("issues" in cause) || !Array.isArray(cause.issues)) return [];
  // A ZodError: its issues carry a path and a message.
  return cause.issues as Issue[];
}

const longestListOfProblems = 20;
const safeInternalMessage = "Something went wrong on the server. The log names it by the request id.";

export const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ shape, error }) => {
    const weirError = error.cause instanceof WeirError ? error.cause : null;
    const problems = error.code === "BAD_REQUEST" ? issuesOf(error.cause).slice(0, longestListOfProblems) : [];
    const isUnexpected = error.code === "INTERNAL_SERVER_ERROR" && weirError === null;
    const data: ErrorData = {
      weirCode: weirError?.code ?? null,
      problems: problems.map(({ path, message }) => ({ path: (path ?? []).join("."), message })),
    };
    const message =
      data.problems.length > 0
        ? data.problems.map(({ path, message: text }) => (path === "" ? text : `${path}: ${text}`)).join("; ")
        : shape.message;
    return { ...shape, message: isUnexpected ? safeInternalMessage : message, data: { ...shape.data, ...data } };
  },
});

/** The one place where errors of the catalogue become tRPC's. */
export function toTrpcError(cause: WeirError): TRPCError {
  return new TRPCError({ code: cause.rpcCode, message: cause.message, cause });
}
