import { TRPCClientError } from "@trpc/client";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import type { AnyTRPCRouter } from "@trpc/server";
import type { ErrorFacts } from "@weir/core/errors";
import { timerMs } from "@weir/core/timers";

/**
 * The codes of failures on this side of the wire. `NETWORK`: the server could not be reached or the connection broke;
 * `CALL_TIMEOUT`: no response within `timeoutMs`; `ABORTED`: the caller's signal; `CLOSED`: `close()`; `UNREADABLE_ANSWER`:
 * the response is not from this API, but from a proxy for example.
 */
export type ClientErrorCode = "NETWORK" | "CALL_TIMEOUT" | "ABORTED" | "CLOSED" | "UNREADABLE_ANSWER";

/** tRPC's codes, the one of ours that tRPC has no name for, and those of this client. */
export type WeirErrorCode = TRPC_ERROR_CODE_KEY | "URI_TOO_LONG" | ClientErrorCode;

/** The data of an error beside its message. */
export type WeirErrorData<Code extends string = string> = ErrorFacts & {
  code: TRPC_ERROR_CODE_KEY | "URI_TOO_LONG";
  httpStatus: number;
  path?: string;
  weirCode: Code | null;
  problems: { path: string; message: string }[];
};

/** An error as the server sends it. */
export type WeirErrorShape = { message: string; code: number; data: WeirErrorData };

export type FailureFacts = {
  code: WeirErrorCode;
  message: string;
  status?: number | null;
  retryAfterMs?: number | null;
  requestId?: string | null;
  traceId?: string | null;
  cause?: Error;
  /** The error as the server sent it. */
  shape?: WeirErrorShape;
  meta?: Record<string, unknown>;
};

/** The error that every call of the client rejects with. Branch on `weirCode` or `code`; the message is for display. */
export class WeirClientError<Code extends string = string> extends TRPCClientError<AnyTRPCRouter> {
  readonly code: WeirErrorCode;
  /** The server's data beside the message; null for failures on this side. */
  override readonly data: WeirErrorData<Code> | null;
  /** The catalogue's code (docs/errors.md); null for errors that have none. */
  readonly weirCode: Code | null;
  /** HTTP status; null without a response. */
  readonly status: number | null;
  /** The problems of the input, one entry each. */
  readonly problems: readonly { path: string; message: string }[];
  /** How long the server asks to wait before the next attempt, at most an hour; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** The ID of the request in the server's log; null without a response. */
  readonly requestId: string | null;
  /** The ID of its trace on the server; null without a response. */
  readonly traceId: string | null;

  constructor(facts: FailureFacts) {
    const { code, message, shape, cause, meta } = facts;
    super(message, {
      ...(cause === undefined ? {} : { cause }),
      ...(meta === undefined ? {} : { meta }),
      ...(shape ? { result: { error: shape } } : {}),
    });
    // tRPC's constructor sets the prototype to its own class.
    Object.setPrototypeOf(this, WeirClientError.prototype);
    this.name = "WeirClientError";
    this.code = code;
    // The server that sent it throws from the catalogue of `Code`.
    this.data = (shape?.data ?? null) as WeirErrorData<Code> | null;
    this.weirCode = this.data?.weirCode ?? null;
    this.status = facts.status ?? null;
    this.problems = shape?.data.problems ?? [];
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.requestId = facts.requestId ?? null;
    this.traceId = facts.traceId ?? null;
  }
}

/** True for an error of this client; narrows to its codes and facts. */
export function isWeirError(error: unknown): error is WeirClientError {
  return error instanceof WeirClientError;
}

/** Turns an error of tRPC's links into one of this client. Never throws. */
export function readError(error: TRPCClientError<never> | Error, signal?: AbortSignal | null): WeirClientError {
  if (error instanceof WeirClientError) return error;
  const cause: unknown = error.cause ?? error;
  if (cause instanceof WeirClientError) return cause;
  if (signal?.aborted === true) return errorOfAbort(signal);
  const trpc = error instanceof TRPCClientError ? error : null;
  const received: unknown = trpc?.meta?.["response"];
  const response = isResponse(received) ? received : null;
  const shape: unknown = trpc?.shape;
  if (isShape(shape)) return fromShape(shape, response, trpc?.meta);
  const ours = cause instanceof Error ? { cause } : {};
  if (response !== null) {
    return new WeirClientError({ ...factsOf(response), code: "UNREADABLE_ANSWER", message: error.message, ...ours });
  }
  if (isAbort(cause)) return new WeirClientError({ code: "ABORTED", message: "The call was aborted.", ...ours });
  return new WeirClientError({ code: "NETWORK", message: `The server cannot be reached: ${reasonOf(cause)}`, ...ours });
}

/** Node's message is "fetch failed"; the reason is in its cause. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { cause: deeper } = cause;
  return deeper instanceof Error && deeper.message !== "" ? deeper.message : cause.message;
}

const isAbort = (cause: unknown): boolean => cause instanceof Error && cause.name === "AbortError";

/** The error of an aborted call; a signal of `AbortSignal.timeout` counts as a timeout. */
export function errorOfAbort(signal: AbortSignal): WeirClientError {
  const reason: unknown = signal.reason;
  const cause = reason instanceof Error ? { cause: reason } : {};
  return reason instanceof Error && reason.name === "TimeoutError"
    ? new WeirClientError({ code: "CALL_TIMEOUT", message: "The call took longer than its signal allows.", ...cause })
    : new WeirClientError({ code: "ABORTED", message: "The call was aborted.", ...cause });
}

/** The error of a response that is not a success: tRPC's envelope, the sign-in's, or text of a proxy. */
export function errorOfResponse(response: Received, text: string): WeirClientError {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: described by its status below.
  }
  // A batch that is refused as a whole gets the response of a single call.
  const shape = isRecord(body) ? body["error"] : undefined;
  if (isShape(shape)) return fromShape(shape, response);
  const said = isRecord(body) && typeof body["message"] === "string" ? body["message"] : text.trim().slice(0, 200);
  const code = codesByStatus[response.status] ?? "UNREADABLE_ANSWER";
  return new WeirClientError({ ...factsOf(response), code, message: said === "" ? `HTTP ${response.status}` : said });
}

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

function fromShape(shape: WeirErrorShape, response: Received | null, meta?: Record<string, unknown>): WeirClientError {
  const { code, httpStatus, retryAfterSeconds } = shape.data;
  const facts: Partial<FailureFacts> = response === null ? {} : factsOf(response);
  // A response of anything but this server may hold anything.
  const saidMs = typeof retryAfterSeconds === "number" ? timerMs(retryAfterSeconds * 1_000, maxRetryAfterMs) : null;
  const retryAfterMs = facts.retryAfterMs ?? saidMs;
  const { message } = shape;
  // Each call of a batch has its own status; the response's is that of the whole batch.
  const known = { ...facts, retryAfterMs, code, status: httpStatus, message, shape };
  return new WeirClientError(meta === undefined ? known : { ...known, meta });
}

function isShape(value: unknown): value is WeirErrorShape {
  return isRecord(value) && typeof value["message"] === "string" && isRecord(value["data"]);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** A `Response`, of whatever `fetch` it came from. */
function isResponse(value: unknown): value is Received {
  if (!isRecord(value) || typeof value["status"] !== "number") return false;
  return isRecord(value["headers"]) && typeof value["headers"]["get"] === "function";
}

type Received = { status: number; headers: Headers };

function factsOf({
  status,
  headers,
}: Received): Pick<FailureFacts, "status" | "retryAfterMs" | "requestId" | "traceId"> {
  return {
    status,
    retryAfterMs: readRetryAfter(headers.get("retry-after"), Date.now()),
    requestId: headers.get("x-request-id"),
    traceId: headers.get("x-trace-id"),
  };
}

/** A later point in time comes from a clock that is wrong rather than from a server that means it. */
const maxRetryAfterMs = 3_600_000;

/**
 * The wait that a `Retry-After` header asks for (RFC 9110, section 10.2.3), in ms and at most an hour; null when it cannot
 * be read.
 */
export function readRetryAfter(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return timerMs(Number(text) * 1_000, maxRetryAfterMs);
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : timerMs(atMs - nowMs, maxRetryAfterMs);
}
