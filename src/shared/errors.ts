/** tRPC's names for the statuses this catalogue uses. */
export type RpcCode =
  | "BAD_REQUEST"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "SERVICE_UNAVAILABLE"
  | "GATEWAY_TIMEOUT"
  | "INTERNAL_SERVER_ERROR";

type Entry = { readonly rpcCode: RpcCode; readonly message: string };

/** Every error a caller may see, with its safe message. `docs/errors.md` lists the same codes; a test compares them. */
export const errorCatalogue = {
  CITY_NOT_FOUND: { rpcCode: "NOT_FOUND", message: "No city has this id." },
  COUNTRY_NOT_FOUND: { rpcCode: "NOT_FOUND", message: "No country has this code." },
  CITY_VERSION_CONFLICT: {
    rpcCode: "CONFLICT",
    message: "The city was changed since it was read. Read it again and repeat the change.",
  },
  CURSOR_INVALID: {
    rpcCode: "BAD_REQUEST",
    message: "The cursor is not one that this list and order handed out. Begin again without a cursor.",
  },
  LOOPBACK_ONLY: {
    rpcCode: "FORBIDDEN",
    message: "This answers only to clients on the same machine, without a proxy in between.",
  },
  INTERNAL_ONLY: { rpcCode: "FORBIDDEN", message: "This procedure is not offered over HTTP." },
  DATABASE_BUSY: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The database has more waiting than it can answer in time. Try again shortly.",
  },
  DATABASE_TIMEOUT: { rpcCode: "GATEWAY_TIMEOUT", message: "The database did not answer in time." },
  DATABASE_UNAVAILABLE: { rpcCode: "SERVICE_UNAVAILABLE", message: "The database cannot be reached." },
  TELEMETRY_UNAVAILABLE: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The measurements cannot be read at the moment. Recording goes on; try again shortly.",
  },
  CACHE_LOAD_TIMEOUT: { rpcCode: "GATEWAY_TIMEOUT", message: "The value was not loaded in time." },
  CACHE_VALUE_UNDEFINED: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "A cache load returned undefined. Return null for a value that does not exist.",
  },
  CACHE_INVALIDATION_UNCONFIRMED: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The invalidation was not confirmed in time.",
  },
  CACHE_READ_IN_MUTATION: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "A cached read ran inside mutate(). Read through its transaction instead.",
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error of the catalogue. `detail` is for callers and safe to show; `cause` stays in the logs. */
export class WeirError extends Error {
  override readonly name = "WeirError";
  readonly code: ErrorCode;
  readonly rpcCode: RpcCode;

  constructor(code: ErrorCode, options: { detail?: string; cause?: unknown } = {}) {
    const { message, rpcCode } = errorCatalogue[code];
    super(options.detail === undefined ? message : `${message} ${options.detail}`, { cause: options.cause });
    this.code = code;
    this.rpcCode = rpcCode;
  }
}
