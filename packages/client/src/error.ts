import { TRPCClientError } from "@trpc/client";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import type { AnyTRPCRouter } from "@trpc/server";
import type { ErrorFacts } from "@weir/core/errors";

/**
 * What a call can fail with on this side of the wire. `NETWORK`: the server could not be reached or the connection broke;
 * `CALL_TIMEOUT`: no answer within `timeoutMs`; `ABORTED`: the caller's signal; `CLOSED`: `close()`; `UNREADABLE_ANSWER`:
 * something answered that is not this API, a proxy for one.
 */
export type ClientErrorCode = "NETWORK" | "CALL_TIMEOUT" | "ABORTED" | "CLOSED" | "UNREADABLE_ANSWER";

/** tRPC's codes, the one of ours that tRPC has no name for, and those of this side. */
export type WeirErrorCode = TRPC_ERROR_CODE_KEY | "URI_TOO_LONG" | ClientErrorCode;

/** What the server says of an error beside its message. */
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

/** What every call of the client rejects with. Branch on `weirCode` or `code`; the message is for people. */
export class WeirClientError<Code extends string = string> extends TRPCClientError<AnyTRPCRouter> {
  readonly code: WeirErrorCode;
  /** What the server says beside the message; null for what failed on this side. */
  override readonly data: WeirErrorData<Code> | null;
  /** The catalogue's code (docs/errors.md); null for errors that have none. */
  readonly weirCode: Code | null;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** What was wrong with the input, one entry per problem. */
  readonly problems: readonly { path: string; message: string }[];
  /** How long the server asks to wait before the next try; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** Names the answer in the server's log; null when there was none. */
  readonly requestId: string | null;
  /** The trace under which the server tells of it; null when there was no answer. */
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

/** True for what a call of this client failed with; narrows to its code, the catalogue's code and what else is known. */
export function isWeirError(error: unknown): error is WeirClientError {
  return error instanceof WeirClientError;
}
