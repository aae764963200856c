import { defaultRequestLimits } from "@weir/core/limits";
import { checkTimerMs } from "@weir/core/timers";

/** A value, or a function that computes it for each request. */
type Computed<Value> = Value | (() => Value | Promise<Value>);

export type WeirClientOptions = {
  /**
   * The server's origin (`https://weir.example`) or the address of its API (`https://weir.example/api/trpc`). Defaults to
   * the page's own origin in a browser.
   */
  url?: string | URL;
  /** Sent with every request. */
  headers?: Computed<Record<string, string>>;
  /** A `Cookie` header sent with every request, beside the cookies of `signIn`. Browsers ignore it and use their own. */
  cookie?: Computed<string | undefined>;
  /**
   * The trace that a call belongs to, in the form of W3C Trace Context: the server continues it. An invalid `traceparent`
   * or `tracestate` is left out.
   */
  trace?: Computed<{ traceparent: string; tracestate?: string | undefined } | undefined>;
  /** The `fetch` to use instead of the global one. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * `off`: one request per call, which the server may answer from finished bytes. `batch`: calls of one turn of the event
   * loop share a request and its response. `stream`: they share a request, and each is answered when it is ready.
   */
  batching?: "off" | "batch" | "stream";
  /** At most the server's LIMIT_BATCH_LENGTH. */
  maxBatchLength?: number;
  /** In characters; queries with a longer URL are sent by POST. At most the server's LIMIT_URL_LENGTH. */
  maxUrlLength?: number;
  /** How long a query or a mutation may take, retries included, in ms; null or Infinity for no limit. */
  timeoutMs?: number | null;
  /**
   * How often a query is retried after 503, 429 or a lost network. The wait grows from 100 ms, and is never shorter than
   * the server's `Retry-After`, of which an hour counts at most. Mutations are never retried.
   */
  retries?: number;
  /** The origin that this program claims to be a page of: the server's PUBLIC_ORIGIN where that differs from `url`. */
  origin?: string;
};

declare const WEIR_PACKED_LIMITS: { urlLength: number; batchLength: number } | undefined;

/** The server's limits when the client was packed; the defaults in a client that was not. */
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

/** Null without a limit. */
function readTimeout(timeoutMs: WeirClientOptions["timeoutMs"]): number | null {
  if (timeoutMs === undefined) return 30_000;
  return timeoutMs === null || timeoutMs === Number.POSITIVE_INFINITY ? null : checkTimerMs("timeoutMs", timeoutMs);
}

function readRetries(retries: WeirClientOptions["retries"] = 2): number {
  if (Number.isInteger(retries) && retries >= 0) return retries;
  throw new RangeError(`retries must be a whole number from 0; got ${String(retries)}.`);
}

/** Applies the defaults. Throws a TypeError for an invalid URL, and a RangeError for a number that is no option. */
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
    timeoutMs: readTimeout(options.timeoutMs),
    retries: readRetries(options.retries),
  };
}
