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
  /** For `docs/errors.md`, in Markdown: when it happens, and what to do about it. */
  readonly when: string;
  readonly fix: string;
};
export type ErrorCatalogue = Readonly<Record<string, ErrorDefinition>>;

/** What travels in `error.data` beside the code, for programs. */
export type ErrorFacts = {
  /** With ROLE_TOO_LOW: the lowest role that is allowed. */
  requiredRole?: string;
  /** With SIGN_IN_LIMITED and SIGN_IN_BUSY. */
  retryAfterSeconds?: number;
};

export type WeirErrorOptions = { detail?: string; cause?: unknown; facts?: ErrorFacts };

/** An error of a catalogue. `detail` and `facts` are for callers and safe to show; `cause` stays in the logs. */
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

/** Each engine and each feature owns the catalogue of what it throws; `docs/errors.md` lists them all. */
export function defineErrors<const Catalogue extends ErrorCatalogue>(catalogue: Catalogue): ErrorClass<Catalogue> {
  return class extends WeirError<keyof Catalogue & string> {
    static readonly catalogue = catalogue;

    constructor(code: keyof Catalogue & string, options?: WeirErrorOptions) {
      super(code, catalogue[code] as ErrorDefinition, options);
    }
  };
}
