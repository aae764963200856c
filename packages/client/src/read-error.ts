import { TRPCClientError } from "@trpc/client";
import { type FailureFacts, WeirClientError, type WeirErrorCode } from "./error";
import { readRetryAfter } from "./retry-after";

type Shape = NonNullable<FailureFacts["shape"]>;

const codesByStatus: Readonly<Record<number, WeirErrorCode>> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  408: "TIMEOUT",
  413: "PAYLOAD_TOO_LARGE",
  429: "TOO_MANY_REQUESTS",
  502: "BAD_GATEWAY",
  503: "SERVICE_UNAVAILABLE",
  504: "GATEWAY_TIMEOUT",
};

type Known = { status: number; headers: Headers };

function factsOf({ status, headers }: Known): Pick<FailureFacts, "status" | "retryAfterMs" | "requestId" | "traceId"> {
  return {
    status,
    retryAfterMs: readRetryAfter(headers.get("retry-after"), Date.now()),
    requestId: headers.get("x-request-id"),
    traceId: headers.get("x-trace-id"),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** A `Response`, of whatever `fetch` it came from. */
function isAnswer(value: unknown): value is Known {
  if (!isRecord(value) || typeof value["status"] !== "number") return false;
  return isRecord(value["headers"]) && typeof value["headers"]["get"] === "function";
}

function isShape(value: unknown): value is Shape {
  return isRecord(value) && typeof value["message"] === "string" && isRecord(value["data"]);
}

function fromShape(shape: Shape, answer: Known | null, meta?: Record<string, unknown>): WeirClientError {
  const { code, httpStatus, retryAfterSeconds } = shape.data;
  const facts: Partial<FailureFacts> = answer === null ? {} : factsOf(answer);
  const saidMs = retryAfterSeconds === undefined ? null : retryAfterSeconds * 1_000;
  const retryAfterMs = facts.retryAfterMs ?? saidMs;
  const { message } = shape;
  // Each call of a batch has a status of its own; the answer's is that of all.
  const known = { ...facts, retryAfterMs, code, status: httpStatus, message, shape };
  return new WeirClientError(meta === undefined ? known : { ...known, meta });
}

/** The error of an answer that was no success: tRPC's envelope, the sign-in's, or whatever a proxy wrote. */
export function errorOfAnswer(answer: Known, text: string): WeirClientError {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: told by its status below.
  }
  // A batch that was refused whole is answered like a single call.
  const shape = isRecord(body) ? body["error"] : undefined;
  if (isShape(shape)) return fromShape(shape, answer);
  const said = isRecord(body) && typeof body["message"] === "string" ? body["message"] : text.trim().slice(0, 200);
  const code = codesByStatus[answer.status] ?? "UNREADABLE_ANSWER";
  return new WeirClientError({ ...factsOf(answer), code, message: said === "" ? `HTTP ${answer.status}` : said });
}

/** What an aborted call rejects with; a signal of `AbortSignal.timeout` counts as a timeout. */
export function errorOfAbort(signal: AbortSignal): WeirClientError {
  const reason: unknown = signal.reason;
  const cause = reason instanceof Error ? { cause: reason } : {};
  return reason instanceof Error && reason.name === "TimeoutError"
    ? new WeirClientError({ code: "CALL_TIMEOUT", message: "The call took longer than its signal allows.", ...cause })
    : new WeirClientError({ code: "ABORTED", message: "The call was aborted.", ...cause });
}

const isAbort = (cause: unknown): boolean => cause instanceof Error && cause.name === "AbortError";

/** Gives an error of tRPC's links the codes of this client. Never throws. */
export function readError(error: TRPCClientError<never> | Error, signal?: AbortSignal | null): WeirClientError {
  if (error instanceof WeirClientError) return error;
  const cause: unknown = error.cause ?? error;
  if (cause instanceof WeirClientError) return cause;
  if (signal?.aborted === true) return errorOfAbort(signal);
  const trpc = error instanceof TRPCClientError ? error : null;
  const response: unknown = trpc?.meta?.["response"];
  const answer = isAnswer(response) ? response : null;
  const shape: unknown = trpc?.shape;
  if (isShape(shape)) return fromShape(shape, answer, trpc?.meta);
  const ours = cause instanceof Error ? { cause } : {};
  if (answer !== null) {
    return new WeirClientError({ ...factsOf(answer), code: "UNREADABLE_ANSWER", message: error.message, ...ours });
  }
  if (isAbort(cause)) return new WeirClientError({ code: "ABORTED", message: "The call was aborted.", ...ours });
  return new WeirClientError({ code: "NETWORK", message: `The server cannot be reached: ${reasonOf(cause)}`, ...ours });
}

/** Node says "fetch failed" and why in the cause of that. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { cause: deeper } = cause;
  return deeper instanceof Error && deeper.message !== "" ? deeper.message : cause.message;
}
