import { isTRPCClientError } from "@trpc/client";

/** What went wrong, as far as a page has to know. */
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
  /** What the server said, where it is safe and says more than the title. */
  detail: string;
  /** The catalogue's code, to be looked up in docs/errors.md; null for errors that have none. */
  code: string | null;
  /** Asking the same again may succeed. */
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
  conflict: "This cannot be done",
  forbidden: "This is not for your role",
  badRequest: "The server did not accept this request",
  busy: "The server is busy",
  timeout: "The answer did not come in time",
  offline: "The server cannot be reached",
  server: "Something went wrong on the server",
};

function fieldOf(data: unknown, name: string): unknown {
  return typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;
}

/** Describes anything a query may fail with. An error without an answer of the server counts as `offline`. */
export function describeProblem(cause: unknown): Problem {
  const data: unknown = isTRPCClientError(cause) ? cause.data : null;
  const rpcCode = fieldOf(data, "code");
  const weirCode = fieldOf(data, "weirCode");
  const response = isTRPCClientError(cause) ? cause.meta?.["response"] : undefined;
  const kind =
    typeof rpcCode === "string" ? (kindOfRpcCode[rpcCode] ?? "server") : response === undefined ? "offline" : "server";
  const isAnswered = typeof rpcCode === "string" && cause instanceof Error;
  return {
    kind,
    title: titles[kind],
    detail: isAnswered ? cause.message : kind === "offline" ? "Check that it runs and that you are connected." : "",
    code: typeof weirCode === "string" && /^[A-Z][A-Z\d_]*$/.test(weirCode) ? weirCode : null,
    isWorthRetrying: kind === "busy" || kind === "timeout" || kind === "offline" || kind === "server",
  };
}
