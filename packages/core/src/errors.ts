/** tRPC's names for the statuses that the catalogues use. */
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

/** One entry of a catalogue. */
export type ErrorDefinition = {
  readonly rpcCode: RpcCode;
  /** Safe to show to any caller. */
  readonly message: string;
  /** For `docs/errors.md`, in Markdown: when the error occurs, and how to fix it. */
  readonly when: string;
  readonly fix: string;
};
export type ErrorCatalogue = Readonly<Record<string, ErrorDefinition>>;

/** Machine-readable details in `error.data`, beside the code. */
export type ErrorFacts = {
  /** With ROLE_TOO_LOW: the lowest role that is allowed. */
  requiredRole?: string;
  /** When to repeat the call; also sent as `Retry-After`. */
  retryAfterSeconds?: number;
};

export type WeirErrorOptions = { detail?: string; cause?: unknown; facts?: ErrorFacts };

/** An error of a catalogue. `detail` and `facts` are safe to show to callers; `cause` is for the logs only. */
export class WeirError<Code extends string = string> extends Error {
  override readonly name = "WeirError";
  readonly code: Code;
  readonly rpcCode: RpcCode;
  readonly facts: ErrorFacts;

  constructor(
    code: Code,
    { message, rpcCode }: Pick<ErrorDefinition, "message" | "rpcCode">,
    options: WeirErrorOptions = {},
  ) {
    super(options.detail === undefined ? message : `${message} ${options.detail}`, { cause: options.cause });
    this.code = code;
    this.rpcCode = rpcCode;
    this.facts = options.facts ?? {};
  }
}

/** A class of errors with a closed catalogue: `new CacheError("CACHE_UNAVAILABLE")`. */
export type ErrorClass<Catalogue extends ErrorCatalogue> = {
  new (code: keyof Catalogue & string, options?: WeirErrorOptions): WeirError<keyof Catalogue & string>;
  readonly catalogue: Catalogue;
};

/** The codes of an error class. */
export type CodeOf<Class> = Class extends ErrorClass<infer Catalogue> ? keyof Catalogue & string : never;

/** Defines the errors that an engine or a feature throws. Each owns its catalogue; `docs/errors.md` lists them all. */
export function defineErrors<const Catalogue extends ErrorCatalogue>(catalogue: Catalogue): ErrorClass<Catalogue> {
  return class extends WeirError<keyof Catalogue & string> {
    static readonly catalogue = catalogue;

    constructor(code: keyof Catalogue & string, options?: WeirErrorOptions) {
      super(code, catalogue[code] as ErrorDefinition, options);
    }
  };
}

/** tRPC's codes for errors of the caller. All other codes, unknown ones included, are faults of the server. */
const callerCodes: ReadonlySet<string> = new Set([
  "PARSE_ERROR",
  "BAD_REQUEST",
  "UNAUTHORIZED",
  "PAYMENT_REQUIRED",
  "FORBIDDEN",
  "NOT_FOUND",
  "METHOD_NOT_SUPPORTED",
  "CONFLICT",
  "PRECONDITION_FAILED",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "UNPROCESSABLE_CONTENT",
  "PRECONDITION_REQUIRED",
  "TOO_MANY_REQUESTS",
  "CLIENT_CLOSED_REQUEST",
]);

/** Whether an error with this tRPC code is a fault of the server: INTERNAL_SERVER_ERROR is one, NOT_FOUND is not. */
export function isServerFault(code: string): boolean {
  return !callerCodes.has(code);
}
