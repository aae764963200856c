import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnyTRPCProcedure, AnyTRPCRouter, TRPCError } from "@trpc/server";
import { openCounts } from "./calls-under-way";
import { runInScope } from "@weir/core/scope";
import { answerCalls } from "./answer-calls";
import { answerFailure } from "./answer-failure";
import { setApiHeaders } from "./api-headers";
import { createCallAnswers } from "./call-answers";
import { createEncodedHits } from "./encoded-hits";
import { entryOf, sourceOfValue } from "./from-entry";
import type { HandlerMeta } from "./meta";
import { Calls } from "./calls";
import type { Exchange } from "./exchange";
import type { CacheHooks, Failure, HandlerParts, TrpcHandlerOptions } from "./handler-options";
import { admitOnConnection } from "./in-flight";
import { defaultLimits, refuseByLimits, refuseCrossSite, tooLarge } from "./limits";
import { answerKnown } from "./known-call";
import { type CallRules, type ParsedCall, parseCall } from "./parse-call";
import { decodeBody, readBody } from "./read-body";
import { refuse } from "./refuse";
import { publishRequestEnd } from "./request-end";
import { requestScope } from "./request-scope";
import type { KnownCall, ResponseCacheOptions } from "./response-cache";
import { sendAnswer } from "./send-answer";
import { collectTimings } from "./server-timing";
import { findSharedAnswers } from "./shared-caching";
import { adapt } from "./trpc-adapter";
import { createHostCheck } from "./usable-host";

export type { Failure, TrpcHandlerOptions } from "./handler-options";

/** Without a `requestId` the handler numbers its requests. */
export type TrpcHandler = (req: IncomingMessage, res: ServerResponse, requestId?: string) => void;

/** `known` is what this URL asked for when a procedure last validated it. */
type KnowingHandler = (req: IncomingMessage, res: ServerResponse, requestId: string, known: KnownCall | null) => void;

export type CachedHandlerOptions<Router extends AnyTRPCRouter> = Omit<TrpcHandlerOptions<Router>, "responseMeta"> & {
  /** Runs the procedure for calls whose `traceparent` is sampled, so that their traces are complete. */
  tracesSampledCalls?: boolean;
  /** Bounds of the memory that finished responses take. */
  responses?: ResponseCacheOptions;
};

/** Applies the defaults and wraps `onError` so that it cannot throw. */
function complete<Router extends AnyTRPCRouter>(
  options: TrpcHandlerOptions<Router>,
  hooks: CacheHooks | null,
): HandlerParts {
  const { onError } = options;
  return {
    router: options.router,
    basePath: options.basePath ?? "/api/trpc/",
    createContext: options.createContext,
    // It is handed responses and contexts of this very router.
    responseMeta: options.responseMeta as HandlerParts["responseMeta"],
    allowMethodOverride: options.allowMethodOverride ?? false,
    allowBatching: options.allowBatching ?? true,
    limits: { ...defaultLimits, ...options.limits },
    onAnswered: hooks?.onAnswered,
    callAnswers: hooks?.callAnswers,
    sharedAnswers: findSharedAnswers(options.router),
    onError: (failure: Failure) => {
      try {
        onError?.(failure);
      } catch {
        // Ignored, as the option says.
      }
    },
  };
}

/** What all calls begin with; null for a base path that no URL has in this form, so that all is left to the adapter. */
function prefixOf(basePath: string): string | null {
  const trimmed = basePath.replaceAll(/^\/|\/$/g, "");
  const prefix = trimmed === "" ? "/" : `/${trimmed}/`;
  const isCanonical =
    URL.canParse(prefix, "http://localhost") && new URL(prefix, "http://localhost").pathname === prefix;
  return isCanonical ? prefix : null;
}

function rulesOf({ router, basePath, allowBatching, allowMethodOverride }: HandlerParts): CallRules {
  const { _def } = router;
  return {
    // Typed as a record of procedures or nested records; at run time it is flat, by dotted path.
    procedures: _def.procedures as Record<string, AnyTRPCProcedure>,
    prefix: prefixOf(basePath),
    separator: _def._config.pathSeparator,
    allowBatching,
    allowMethodOverride,
    hostIsUsable: createHostCheck(),
  };
}

/** The call with its outcome instead of its procedure, so that the failure is formatted and reported as any other. */
function failing(call: ParsedCall, error: TRPCError): ParsedCall {
  const fail = (): Promise<never> => Promise.reject(error);
  // Only called and asked for nothing else from here on.
  return { ...call, procedures: [fail as unknown as AnyTRPCProcedure] };
}

/** The short way: from the parsed request to one write on the socket. */
async function answer(exchange: Exchange, call: ParsedCall, parts: HandlerParts): Promise<void> {
  const { req, res } = exchange;
  let text = call.queryInput;
  if (req.method === "POST") {
    const body = await readBody(req, parts.limits.bodyBytes);
    if (body === "gone") return;
    if (body === "too-large") return refuse(req, res, tooLarge(parts.limits));
    text = await decodeBody(body);
  }
  const calls = new Calls(parts, exchange, call, text);
  const opening = calls.openContext();
  if (opening !== undefined) await opening;
  const answered = await answerCalls(calls);
  sendAnswer(exchange, answered);
  publishRequestEnd(exchange, call.paths.length);
  const [path] = call.paths;
  if (path !== undefined && !call.isBatch && answered.status === 200 && answered.headers === null) {
    parts.onAnswered?.(exchange, path);
  }
}

function openHandler(parts: HandlerParts, origins: ReadonlySet<string>): KnowingHandler {
  const rules = rulesOf(parts);
  const { limits } = parts;

  return (req, res, requestId, known) => {
    const startedAt = performance.now();
    const refusal =
      refuseByLimits(req, limits) ??
      refuseCrossSite(req, origins) ??
      admitOnConnection(req, res, limits.inFlightPerConnection);
    if (refusal !== null) return refuse(req, res, refusal);
    const request = requestScope(req, requestId);
    const exchange = { req, res, request, startedAt };
    collectTimings(request);
    const caught = (cause: unknown): void => answerFailure(cause, exchange, parts);
    const usual = (failure?: TRPCError): void => {
      const call = parseCall(req, rules);
      if (call === null) return adapt(exchange, parts);
      answer(exchange, failure === undefined ? call : failing(call, failure), parts).catch(caught);
    };
    const deadlineAtMs = startedAt + limits.deadlineMs;
    const counts = known === null ? null : openCounts();
    runInScope({ request, origin: "app", procedure: known?.procedure ?? null, deadlineAtMs, counts }, () => {
      if (known === null) usual();
      else answerKnown(exchange, known, parts.sharedAnswers, usual, usual).catch(caught);
    });
  };
}

/**
 * Responds to tRPC calls under `basePath` on a Node server. Queries and mutations, single and batched, take a short path
 * from the Node request to one write on the socket; streams, subscriptions and anything unusual go to tRPC's own adapter,
 * and both give the same responses (rule H1). Every limit has a default; each response carries `Server-Timing` and, unless
 * the router says otherwise, `Cache-Control: no-cache`. Never throws: failures become responses.
 */
export function createTrpcHandler<Router extends AnyTRPCRouter>(options: TrpcHandlerOptions<Router>): TrpcHandler {
  const handle = openHandler(complete(options, null), options.origins ?? new Set());
  let count = 0;
  return (req, res, requestId = String((count += 1))) => handle(req, res, requestId, null);
}

/** Finished bytes are plain JSON, so a router whose transformer changes a value cannot be answered with them. */
function assertUntransformed({ _def: { _config: config } }: AnyTRPCRouter): void {
  const probe = {};
  if (config.transformer.output.serialize(probe) !== probe) {
    throw new TypeError("createCachedHandler needs a router without a data transformer.");
  }
}

/**
 * `createTrpcHandler`, and in front of it the responses that are still right: a query that answers with one cache entry
 * (`fromEntry`) is answered from finished bytes while the entry is valid, with an `ETag`, 304 and compression. Procedures
 * with `meta.role` always run. Each response carries `X-Request-Id` and the headers of `setApiHeaders`. Throws a TypeError
 * for a router with a data transformer.
 */
export function createCachedHandler<Router extends AnyTRPCRouter>(options: CachedHandlerOptions<Router>): TrpcHandler {
  const { tracesSampledCalls = false, responses = {} } = options;
  assertUntransformed(options.router);
  // Typed as a record of procedures or nested records; at run time it is flat, by dotted path.
  const procedures = options.router._def.procedures as Record<string, AnyTRPCProcedure | undefined>;
  // Another router's meta has another shape, and no such member.
  const isPublic = (path: string): boolean =>
    (procedures[path]?._def.meta as HandlerMeta | undefined)?.role === undefined;

  const parts = complete(options as TrpcHandlerOptions<Router>, {
    callAnswers: createCallAnswers({
      sourceOf: (procedure, value) => (isPublic(procedure) ? sourceOfValue(procedure, value) : undefined),
    }),
    onAnswered: ({ req, request }, procedure) => {
      const entry = entryOf(request);
      // Finished bytes go to every client that asks.
      if (entry !== undefined && isPublic(procedure)) encoded.learn(req, { procedure, entry });
    },
  });
  const encoded = createEncodedHits(parts.sharedAnswers, { ...responses, leavesSampled: tracesSampledCalls });
  const handle = openHandler(parts, options.origins ?? new Set());
  let count = 0;

  return (req, res, requestId = String((count += 1))) => {
    const known = encoded.answer(req, res, requestId);
    if (known === "answered") return;
    res.setHeader("x-request-id", requestId);
    setApiHeaders(res);
    handle(req, res, requestId, known);
  };
}
