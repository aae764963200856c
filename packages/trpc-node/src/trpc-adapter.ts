import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import type { ResponseMeta } from "@trpc/server/http";
import type { Exchange } from "./exchange";
import type { HandlerParts } from "./handler-options";
import type { Refusal } from "./limits";
import { refuse } from "./refuse";
import { reportFailure } from "./report-failure";
import { publishRequestEnd } from "./request-end";
import { serverTiming } from "./server-timing";
import type { SharedAnswers } from "./shared-caching";

const usualControl = "no-cache";

type MetaOptions = Parameters<NonNullable<HandlerParts["responseMeta"]>>[0];

/** The headers with one more, in the form they came in: tRPC adds the two forms differently. */
function withHeader(meta: ResponseMeta, name: string, value: string): ResponseMeta {
  if (!(meta.headers instanceof Headers)) return { ...meta, headers: { ...meta.headers, [name]: value } };
  const headers = new Headers(meta.headers);
  headers.set(name, value);
  return { ...meta, headers };
}

/** As `sendAnswer`: a result of one query by GET may be shared, unless somebody said otherwise or set a cookie. */
function withSharing(meta: ResponseMeta, answer: MetaOptions, { req, res }: Exchange, sharedAnswers: SharedAnswers) {
  const [path = ""] = answer.paths ?? [];
  const control = sharedAnswers.get(path);
  if (control === undefined || req.method !== "GET" || answer.info?.isBatchCall !== false) return meta;
  const isResult = answer.errors.length === 0 && (meta.status ?? 200) === 200 && res.statusCode === 200;
  const said = meta.headers instanceof Headers ? [...meta.headers.keys()] : Object.keys(meta.headers ?? {});
  const isToldOtherwise =
    said.some((name) => /^(?:cache-control|set-cookie)$/i.test(name)) ||
    res.hasHeader("set-cookie") ||
    res.getHeader("cache-control") !== usualControl;
  return isResult && !isToldOtherwise ? withHeader(meta, "cache-control", control) : meta;
}

/** What the Fetch API has no `Request` for, so that the adapter could only fail; null for all others. */
function refuseForeign({ req }: Exchange): Refusal | null {
  if (req.method === "TRACE") {
    const message = "TRACE is not supported.";
    return { status: 405, code: "METHOD_NOT_SUPPORTED", message, headers: { allow: "GET, POST" } };
  }
  const base = `http://${req.headers.host ?? "localhost"}`;
  if (!URL.canParse(req.url ?? "/", base)) return null;
  const { username, password } = new URL(req.url ?? "/", base);
  if (username === "" && password === "") return null;
  return { status: 400, code: "BAD_REQUEST", message: "The URL must not hold credentials." };
}

/** Hands a request to tRPC's own adapter: streams, subscriptions, lazy routers, and everything unusual. */
export function adapt(exchange: Exchange, parts: HandlerParts): void {
  const { req, res, request, startedAt } = exchange;
  const refusal = refuseForeign(exchange);
  if (refusal !== null) return refuse(req, res, refusal);
  const { limits, responseMeta, sharedAnswers, ...shared } = parts;
  res.setHeader("cache-control", usualControl);
  res.once("close", () => publishRequestEnd(exchange, 1));
  const meta: NonNullable<HandlerParts["responseMeta"]> = (answer) => {
    // A stream says something every few seconds: one that gets rid of none of it has nobody at the other end.
    if (answer.type === "subscription") res.setTimeout(limits.stalledStreamMs, () => res.destroy());
    return withSharing(responseMeta?.(answer) ?? {}, answer, exchange, sharedAnswers);
  };
  createHTTPHandler({
    ...shared,
    maxBatchSize: limits.batchLength,
    maxBodySize: limits.bodyBytes,
    responseMeta: (answer) =>
      withHeader(meta(answer), "server-timing", serverTiming(request, performance.now() - startedAt)),
    onError: (failure) => reportFailure(exchange, parts, failure),
  })(req, res);
}
