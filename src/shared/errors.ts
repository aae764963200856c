/** tRPC's names for the statuses this catalogue uses. */
export type RpcCode =
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "TOO_MANY_REQUESTS"
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
  SIGNED_OUT: { rpcCode: "UNAUTHORIZED", message: "Sign in first." },
  ROLE_TOO_LOW: { rpcCode: "FORBIDDEN", message: "Your role does not allow this." },
  PASSWORD_CHANGE_REQUIRED: {
    rpcCode: "FORBIDDEN",
    message: "Your password is a temporary one. Choose your own first.",
  },
  CROSS_SITE: {
    rpcCode: "FORBIDDEN",
    message: "A call with a session must come from a page of this server, and a change must name it as its Origin.",
  },
  CREDENTIALS_WRONG: { rpcCode: "UNAUTHORIZED", message: "The email or the password is wrong." },
  SIGN_IN_LIMITED: {
    rpcCode: "TOO_MANY_REQUESTS",
    message: "Too many attempts with this account or from this address. Wait, then try again.",
  },
  SIGN_IN_BUSY: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "More passwords wait to be checked than can be in time. Try again shortly.",
  },
  AUTH_SECRET_MISSING: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message:
      "AUTH_SECRET must be set: in production with DATABASE_URL, every node signs sessions with the same secret. The command openssl rand -base64 32 makes one.",
  },
  PASSWORD_WRONG: { rpcCode: "FORBIDDEN", message: "The current password is not the right one." },
  PASSWORD_WEAK: { rpcCode: "BAD_REQUEST", message: "The new password is too easy to guess." },
  EMAIL_TAKEN: { rpcCode: "CONFLICT", message: "Somebody has this email already." },
  PERSON_NOT_FOUND: { rpcCode: "NOT_FOUND", message: "Nobody has this id." },
  SESSION_NOT_FOUND: { rpcCode: "NOT_FOUND", message: "No session of yours has this id." },
  LAST_ADMIN: {
    rpcCode: "CONFLICT",
    message: "This is the last administrator. Make another one first.",
  },
  OWN_ACCOUNT: { rpcCode: "CONFLICT", message: "This cannot be done to your own account. Ask another administrator." },
  DATABASE_BUSY: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The database has more waiting than it can answer in time. Try again shortly.",
  },
  DATABASE_TIMEOUT: { rpcCode: "GATEWAY_TIMEOUT", message: "The database did not answer in time." },
  DATABASE_UNAVAILABLE: { rpcCode: "SERVICE_UNAVAILABLE", message: "The database cannot be reached." },
  STREAMS_EXHAUSTED: {
    rpcCode: "TOO_MANY_REQUESTS",
    message: "As many live streams are open as are allowed. Close one, or ask again instead.",
  },
  SERVER_DRAINING: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "This node is stopping. Connect again: another one answers.",
  },
  TELEMETRY_UNAVAILABLE: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The measurements cannot be read at the moment. Recording goes on; try again shortly.",
  },
  RANGE_IN_FUTURE: { rpcCode: "BAD_REQUEST", message: "The range begins in the future. Nothing was measured yet." },
  STATEMENT_UNKNOWN: {
    rpcCode: "NOT_FOUND",
    message: "No statement of this name ran in this range, and none is remembered.",
  },
  STATEMENT_NOT_EXPLAINABLE: { rpcCode: "BAD_REQUEST", message: "The database has no plan for this statement." },
  STATEMENT_NOT_ANALYZABLE: {
    rpcCode: "BAD_REQUEST",
    message: "Only a SELECT that changes and locks nothing is run to be measured.",
  },
  STATEMENT_VALUES_UNKNOWN: {
    rpcCode: "CONFLICT",
    message: "This node has kept no values that were sent with the statement.",
  },
  TRACE_NOT_FOUND: { rpcCode: "NOT_FOUND", message: "No trace of this id is kept, or is kept any more." },
  TRACES_PINNED_FULL: {
    rpcCode: "CONFLICT",
    message: "As many traces are pinned as are kept: 200. Unpin one first.",
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
  CACHE_UNAVAILABLE: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The cache's shared tier does not answer. Reads go on without it; try again shortly.",
  },
  CACHE_GROUP_UNKNOWN: { rpcCode: "NOT_FOUND", message: "No cache group has this name." },
  CACHE_READ_IN_MUTATION: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "A cached read ran inside mutate(). Read through its transaction instead.",
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** What travels in `error.data` beside the code, for programs. */
export type ErrorFacts = {
  /** With ROLE_TOO_LOW: the least role that may. */
  requiredRole?: string;
  /** With SIGN_IN_LIMITED and SIGN_IN_BUSY. */
  retryAfterSeconds?: number;
};

/** An error of the catalogue. `detail` and `facts` are for callers and safe to show; `cause` stays in the logs. */
export class WeirError extends Error {
  override readonly name = "WeirError";
  readonly code: ErrorCode;
  readonly rpcCode: RpcCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, options: { detail?: string; cause?: unknown; facts?: ErrorFacts } = {}) {
    const { message, rpcCode } = errorCatalogue[code];
    super(options.detail === undefined ? message : `${message} ${options.detail}`, { cause: options.cause });
    this.code = code;
    this.rpcCode = rpcCode;
    this.facts = options.facts ?? {};
  }
}
