import { initTRPC, TRPCError } from "@trpc/server";
import type { Role } from "@/contracts/accounts";
import { type ErrorCode, type ErrorFacts, WeirError } from "@/shared/errors";
import type { Context } from "./context";

/** How long caches that many clients share may answer with what a procedure said, without asking again. */
export type SharedCaching = {
  freshSeconds: number;
  /** After that, while they ask. Browsers heed this too. */
  staleSeconds?: number;
};

/** What is known of a procedure without calling it. */
export type ProcedureMeta = {
  /** The least role that may call it; absent when everybody may. */
  role?: Role;
  /** Opt-in, and outside rule C1: no invalidation reaches a cache that is not ours. Absent: `no-cache`. */
  shared?: SharedCaching;
};

/** What travels beside tRPC's own error data. */
export type ErrorData = ErrorFacts & {
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

export const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    sse: {
      // Also what tells a proxy that the stream is alive, and the client that the peer is.
      ping: { enabled: true, intervalMs: 5_000 },
      client: { reconnectAfterInactivityMs: 15_000 },
    },
    errorFormatter: ({ shape, error }) => {
      const weirError = error.cause instanceof WeirError ? error.cause : null;
      const problems = error.code === "BAD_REQUEST" ? issuesOf(error.cause).slice(0, longestListOfProblems) : [];
      const isUnexpected = error.code === "INTERNAL_SERVER_ERROR" && weirError === null;
      const data: ErrorData = {
        ...weirError?.facts,
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
