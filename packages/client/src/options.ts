import { defaultRequestLimits } from "@weir/core/limits";

/** What can be said per call as a value or computed for each request. */
type Computed<Value> = Value | (() => Value | Promise<Value>);

export type WeirClientOptions = {
  /**
   * Where the server is: its origin (`https://weir.example`) or the address of its API (`https://weir.example/api/trpc`).
   * In a browser the page's own origin unless given.
   */
  url?: string | URL;
  /** Sent with every request. */
  headers?: Computed<Record<string, string>>;
  /** A `Cookie` header sent with every request, beside what `signIn` keeps. Browsers ignore it and use their own. */
  cookie?: Computed<string | undefined>;
  /**
   * The trace that a call belongs to, as W3C Trace Context writes it: the server goes on with it. A `traceparent` that is
   * none, and a `tracestate` that may not be passed on, are left out.
   */
  trace?: Computed<{ traceparent: string; tracestate?: string | undefined } | undefined>;
  /** The `fetch` to use instead of the global one. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * `off`: one request per call, which the server may answer from finished bytes. `batch`: calls of one turn travel
   * together and are answered together. `stream`: they travel together and each is answered when it is ready.
   */
  batching?: "off" | "batch" | "stream";
  /** Calls in one batch at most; the server's LIMIT_BATCH_LENGTH or less. */
  maxBatchLength?: number;
  /** Queries whose URL would be longer are sent by POST, in characters; the server's LIMIT_URL_LENGTH or less. */
  maxUrlLength?: number;
  /** How long a query or a mutation may take, retries included, in ms; null for no limit. */
  timeoutMs?: number | null;
  /**
   * How often a query is tried again after 503, 429 or a lost network. The wait is what the server's `Retry-After` says,
   * else it grows from a tenth of a second. Mutations are never repeated.
   */
  retries?: number;
  /** Names this program to the server as a page of this origin; the server's PUBLIC_ORIGIN where that differs from `url`. */
  origin?: string;
};

declare const WEIR_PACKED_LIMITS: { urlLength: number; batchLength: number } | undefined;

/** What the packer knew of the server's limits; the defaults in a client that was not packed. */
const limits = typeof WEIR_PACKED_LIMITS === "undefined" ? defaultRequestLimits : WEIR_PACKED_LIMITS;

export type Settings = Required<Omit<WeirClientOptions, "url" | "origin" | "cookie" | "trace">> & {
  cookie: WeirClientOptions["cookie"];
  trace: WeirClientOptions["trace"];
  /** Address of the API, without a slash at its end. */
  trpcUrl: string;
  /** Address of the sign-in endpoints, without a slash at its end. */
  authUrl: string;
  origin: string;
};

function findApi(url: string | URL | undefined): URL {
  const page: unknown = Reflect.get(globalThis, "location");
  const base = page instanceof Object && "href" in page ? String(page.href) : undefined;
  if (url === undefined && base === undefined) throw new TypeError("createWeirClient needs a url outside a browser.");
  const found = new URL(url ?? "/", base);
  if (found.pathname === "/") found.pathname = "/api/trpc";
  found.pathname = found.pathname.replace(/\/+$/, "");
  return found;
}

/** The options with what was left out. Throws a TypeError for a URL that is none. */
export function readOptions(options: WeirClientOptions): Settings {
  const api = findApi(options.url);
  return {
    trpcUrl: api.origin + api.pathname,
    authUrl: api.origin + api.pathname.replace(/[^/]*$/, "auth"),
    origin: options.origin ?? api.origin,
    headers: options.headers ?? {},
    cookie: options.cookie,
    trace: options.trace,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    batching: options.batching ?? "off",
    maxBatchLength: options.maxBatchLength ?? limits.batchLength,
    maxUrlLength: options.maxUrlLength ?? limits.urlLength,
    timeoutMs: options.timeoutMs === undefined ? 30_000 : options.timeoutMs,
    retries: options.retries ?? 2,
  };
}
