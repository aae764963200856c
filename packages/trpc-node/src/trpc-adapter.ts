import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import type { ResponseMeta } from "@trpc/server/http";
import type { Exchange, HandlerParts } from "./handler-options";
import type { SharedResponses } from "./meta";
import { publishRequestEnd } from "./observe";
import { reportFailure } from "./respond/failure";
import { type Refusal, refuse } from "./respond/refuse";
import { personalControl } from "./respond/send-response";
import { serverTiming } from "./server-timing";

const usualControl = "no-cache";

/** Hands a request to tRPC's own adapter: streams, subscriptions, lazy routers, and everything unusual. */
export function adapt(exchange: Exchange, parts: HandlerParts): void {
  const { req, res, request, startedAt } = exchange;
  const refusal = refuseForeign(exchange);
  if (refusal !== null) return refuse(req, res, refusal, parts.router._def._config.transformer.output);
  const { limits, responseMeta, sharedResponses, personal, ...shared } = parts;
  res.setHeader("cache-control", usualControl);
  res.once("close", () => publishRequestEnd(exchange, 1));
  const meta: NonNullable<HandlerParts["responseMeta"]> = (options) => {
    // A stream sends something every few seconds: a client that takes none of it has left.
    if (options.paths?.some((path) => personal.has(path)) === true) markPersonal(res);
    if (options.type === "subscription") res.setTimeout(limits.stalledStreamMs, () => res.destroy());
    return withSharing(responseMeta?.(options) ?? {}, options, exchange, sharedResponses);
  };
  createHTTPHandler({
    ...shared,
    maxBatchSize: limits.batchLength,
    maxBodySize: limits.bodyBytes,
    responseMeta: (options) =>
      withHeader(meta(options), "server-timing", serverTiming(request, performance.now() - startedAt)),
    onError: (failure) => reportFailure(exchange, parts, failure),
  })(req, res);
}

/** Makes the response personal, whatever headers tRPC sets from now on: those of a stream come after its meta. */
function markPersonal(res: Exchange["res"]): void {
  const setHeader = res.setHeader.bind(res);
  res.setHeader = (name, value) => {
    const lower = name.toLowerCase();
    if (lower === "cache-control") return setHeader(name, personalControl);
    return setHeader(name, lower === "vary" ? `${String(value)}, cookie` : value);
  };
  setHeader("cache-control", personalControl);
  setHeader("vary", "cookie");
}

type MetaOptions = Parameters<NonNullable<HandlerParts["responseMeta"]>>[0];

/** The headers with one more, in the form that they came in: tRPC adds the two forms differently. */
function withHeader(meta: ResponseMeta, name: string, value: string): ResponseMeta {
  if (!(meta.headers instanceof Headers)) return { ...meta, headers: { ...meta.headers, [name]: value } };
  const headers = new Headers(meta.headers);
  headers.set(name, value);
  return { ...meta, headers };
}

/** As in `sendResponse`: the result of a single query by GET may be shared, unless the router says otherwise or sets a cookie. */
function withSharing(
  meta: ResponseMeta,
  options: MetaOptions,
  { req, res }: Exchange,
  sharedResponses: SharedResponses,
) {
  const [path = ""] = options.paths ?? [];
  const control = sharedResponses.get(path);
  if (control === undefined || req.method !== "GET" || options.info?.isBatchCall !== false) return meta;
  const isResult = options.errors.length === 0 && (meta.status ?? 200) === 200 && res.statusCode === 200;
  const named = meta.headers instanceof Headers ? [...meta.headers.keys()] : Object.keys(meta.headers ?? {});
  const isOverridden =
    named.some((name) => /^(?:cache-control|set-cookie)$/i.test(name)) ||
    res.hasHeader("set-cookie") ||
    res.getHeader("cache-control") !== usualControl;
  return isResult && !isOverridden ? withHeader(meta, "cache-control", control) : meta;
}

/** Refuses what the Fetch API has no `Request` for, where the adapter could only fail; null for all others. */
function refuseForeign({ req }: Exchange): Refusal | null {
  if (req.method === "TRACE") {
    const message = "TRACE is not supported.";
    return { status: 405, code: "METHOD_NOT_SUPPORTED", message, headers: { allow: "GET, POST" } };
  }
  const base = `http://${req.headers.host ?? "localhost"}`;
  if (!URL.canParse(req.url ?? "/", base)) return null;
  const { username, password } = new URL(req.url ?? "/", base);
  if (username === "" && password === "") return null;
  return { status: 400, code: "BAD_REQUEST", message: "The URL must not contain credentials." };
}
