import { isTRPCClientError } from "@trpc/client";

/** The kind of an error, as far as a page needs to know. */
export type ProblemKind =
  | "signedOut"
  | "notFound"
  | "conflict"
  | "forbidden"
  | "badRequest"
  | "busy"
  | "timeout"
  | "offline"
  | "server";

export type Problem = {
  kind: ProblemKind;
  title: string;
  /** The server's message, if it is safe to show and adds to the title. */
  detail: string;
  /** The error code of docs/errors.md; null for errors without one. */
  code: string | null;
  /** Retrying may succeed. */
  isWorthRetrying: boolean;
};

const kindOfRpcCode: Readonly<Record<string, ProblemKind>> = {
  NOT_FOUND: "notFound",
  CONFLICT: "conflict",
  FORBIDDEN: "forbidden",
  UNAUTHORIZED: "signedOut",
  BAD_REQUEST: "badRequest",
  SERVICE_UNAVAILABLE: "busy",
  TOO_MANY_REQUESTS: "busy",
  GATEWAY_TIMEOUT: "timeout",
  TIMEOUT: "timeout",
};

const titles: Readonly<Record<ProblemKind, string>> = {
  signedOut: "You are signed out",
  notFound: "Not found",
  conflict: "This action is not possible",
  forbidden: "Your role does not allow this",
  badRequest: "Invalid request",
  busy: "The server is busy",
  timeout: "The request timed out",
  offline: "The server is unreachable",
  server: "Server error",
};

function fieldOf(data: unknown, name: string): unknown {
  return typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;
}

/** Describes any error of a query. An error without a response counts as `offline`. */
export function describeProblem(cause: unknown): Problem {
  const data: unknown = isTRPCClientError(cause) ? cause.data : null;
  const rpcCode = fieldOf(data, "code");
  const weirCode = fieldOf(data, "weirCode");
  const response = isTRPCClientError(cause) ? cause.meta?.["response"] : undefined;
  const kind =
    typeof rpcCode === "string" ? (kindOfRpcCode[rpcCode] ?? "server") : response === undefined ? "offline" : "server";
  const hasMessage = typeof rpcCode === "string" && cause instanceof Error;
  return {
    kind,
    title: titles[kind],
    detail: hasMessage
      ? cause.message
      : kind === "offline"
        ? "Check your connection and that the server is running."
        : "",
    code: typeof weirCode === "string" && /^[A-Z][A-Z\d_]*$/.test(weirCode) ? weirCode : null,
    isWorthRetrying: kind === "busy" || kind === "timeout" || kind === "offline" || kind === "server",
  };
}
