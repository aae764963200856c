import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnyTRPCProcedure, AnyTRPCRouter, TRPCError } from "@trpc/server";
import { runInScope } from "@weir/core/scope";
import { createCallResponses } from "./encoded/call-responses";
import { createEncodedHits, type KnownCall, type ResponseCacheOptions } from "./encoded/encoded-hits";
import { respondKnown } from "./encoded/known-call";
import { Calls } from "./execute/calls";
import { runCalls } from "./execute/run-calls";
import { sourceOf, sourceOfValue } from "./from-entry";
import type { CacheHooks, Exchange, Failure, HandlerParts, TrpcHandlerOptions } from "./handler-options";
import { ignoreUpgrade } from "./limits/connection-limits";
import {
  admitOnConnection,
  completeLimits,
  earlierResponse,
  refuseByLimits,
  refuseCrossSite,
  tooLarge,
} from "./limits/request-limits";
import { findPersonal, findSharedResponses, type HandlerMeta, isPersonal } from "./meta";
import { openCounts, publishRequestEnd, requestScope } from "./observe";
import { type CallRules, createHostCheck, type ParsedCall, parseCall } from "./parse/parse-call";
import { decodeBody, readBody } from "./parse/read-body";
import { sendFailure } from "./respond/failure";
import { refuse } from "./respond/refuse";
import { sendResponse, setApiHeaders } from "./respond/send-response";
import { collectTimings } from "./server-timing";
import { adapt } from "./trpc-adapter";

/** Without a `requestId` the handler numbers its requests. */
export type TrpcHandler = (req: IncomingMessage, res: ServerResponse, requestId?: string) => void;

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

export type CachedHandlerOptions<Router extends AnyTRPCRouter> = Omit<TrpcHandlerOptions<Router>, "responseMeta"> & {
  /** Runs the procedure for calls whose `traceparent` is sampled, so that their traces are complete. */
  tracesSampledCalls?: boolean;
  /** Bounds of the memory that finished responses take. */
  responses?: ResponseCacheOptions;
};

/**
 * `createTrpcHandler`, and in front of it the responses that are still right: a query that answers with one cache entry
 * (`fromEntry`) is answered from finished bytes while the entry is valid, with an `ETag`, 304 and compression. Procedures
 * with `meta.role` or `meta.personal` always run. Each response carries `X-Request-Id` and the headers of `setApiHeaders`. Throws a TypeError
 * for a router with a data transformer.
 */
export function createCachedHandler<Router extends AnyTRPCRouter>(options: CachedHandlerOptions<Router>): TrpcHandler {
  const { tracesSampledCalls = false, responses = {} } = options;
  assertUntransformed(options.router);
  // Typed as a record of procedures or nested records; at run time it is flat, by dotted path.
  const procedures = options.router._def.procedures as Record<string, AnyTRPCProcedure | undefined>;
  // Another router's meta has another shape, and no such member.
  const isPublic = (path: string): boolean => !isPersonal(procedures[path]?._def.meta as HandlerMeta | undefined);

  const parts = complete(options as TrpcHandlerOptions<Router>, {
    callResponses: createCallResponses({
      sourceOf: (procedure, value) => (isPublic(procedure) ? sourceOfValue(procedure, value) : undefined),
    }),
    onResponse: ({ req, request }, procedure) => {
      const source = sourceOf(request);
      // Finished bytes go to every client that asks.
      if (source !== undefined && isPublic(procedure)) encoded.learn(req, { procedure, ...source });
    },
  });
  const encoded = createEncodedHits(parts.sharedResponses, { ...responses, skipsSampled: tracesSampledCalls });
  const handle = openHandler(parts, options.origins ?? new Set());
  let count = 0;

  return (req, res, requestId = String((count += 1))) => {
    const known = encoded.respond(req, res, requestId);
    if (known === "sent") return;
    res.setHeader("x-request-id", requestId);
    setApiHeaders(res);
    handle(req, res, requestId, known);
  };
}

/** Finished bytes are plain JSON, so a router whose transformer changes a value cannot be answered with them. */
function assertUntransformed({ _def: { _config: config } }: AnyTRPCRouter): void {
  const probe = {};
  if (config.transformer.output.serialize(probe) !== probe) {
    throw new TypeError("createCachedHandler needs a router without a data transformer.");
  }
}

/** `known` is what this URL asked for when it was validated last. */
type KnowingHandler = (req: IncomingMessage, res: ServerResponse, requestId: string, known: KnownCall | null) => void;

function openHandler(parts: HandlerParts, origins: ReadonlySet<string>): KnowingHandler {
  const rules = rulesOf(parts);
  const { limits } = parts;

  const start: KnowingHandler = (req, res, requestId, known) => {
    const startedAt = performance.now();
    const request = requestScope(req, requestId);
    const exchange = { req, res, request, startedAt };
    collectTimings(request);
    const caught = (cause: unknown): void => sendFailure(cause, exchange, parts);
    const usual = (failure?: TRPCError): void => {
      const call = parseCall(req, rules);
      if (call === null) return adapt(exchange, parts);
      respond(exchange, failure === undefined ? call : failing(call, failure), parts).catch(caught);
    };
    const deadlineAtMs = startedAt + limits.deadlineMs;
    const counts = known === null ? null : openCounts();
    runInScope({ request, origin: "app", procedure: known?.procedure ?? null, deadlineAtMs, counts }, () => {
      if (known === null) usual();
      else respondKnown(exchange, known, parts.sharedResponses, usual, usual).catch(caught);
    });
  };

  return (req, res, requestId, known) => {
    ignoreUpgrade(req, res);
    const refusal =
      refuseByLimits(req, limits) ??
      refuseCrossSite(req, origins) ??
      admitOnConnection(req, res, limits.inFlightPerConnection);
    if (refusal !== null) return refuse(req, res, refusal, outputOf(parts));
    const earlier = earlierResponse(req);
    if (earlier === null) return start(req, res, requestId, known);
    earlier.once("close", () => {
      if (!req.socket.destroyed) start(req, res, requestId, known);
    });
  };
}

/** How the router writes an error, for its clients read every response with its transformer. */
const outputOf = ({ router }: HandlerParts): { serialize: (error: unknown) => unknown } =>
  router._def._config.transformer.output;

/** The short path: from the parsed request to one write on the socket. */
async function respond(exchange: Exchange, call: ParsedCall, parts: HandlerParts): Promise<void> {
  const { req, res } = exchange;
  let text = call.queryInput;
  if (req.method === "POST") {
    const body = await readBody(req, parts.limits.bodyBytes);
    if (body === "gone") return;
    if (body === "too-large") return refuse(req, res, tooLarge(parts.limits), outputOf(parts));
    text = await decodeBody(body);
  }
  const calls = new Calls(parts, exchange, call, text);
  const opening = calls.openContext();
  if (opening !== undefined) await opening;
  const response = await runCalls(calls);
  sendResponse(exchange, response);
  publishRequestEnd(exchange, call.paths.length);
  const [path] = call.paths;
  if (path !== undefined && !call.isBatch && response.status === 200 && response.headers === null) {
    parts.onResponse?.(exchange, path);
  }
}

/**
 * The call with its outcome in place of its procedure, so that the failure is formatted and reported like any other. It
 * reads its input, as the procedure would have.
 */
function failing(call: ParsedCall, error: TRPCError): ParsedCall {
  const fail = async ({ getRawInput }: { getRawInput: () => Promise<unknown> }): Promise<never> => {
    await getRawInput();
    throw error;
  };
  // Only called from here on; its other members are never read.
  return { ...call, procedures: [fail as unknown as AnyTRPCProcedure] };
}

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
    limits: completeLimits(options.limits),
    onResponse: hooks?.onResponse,
    callResponses: hooks?.callResponses,
    sharedResponses: findSharedResponses(options.router),
    personal: findPersonal(options.router),
    onError: (failure: Failure) => {
      try {
        onError?.(failure);
      } catch {
        // Ignored, as the option says.
      }
    },
  };
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

/** The start of every call's URL; null for a base path that no URL has in this form, which leaves every call to the adapter. */
function prefixOf(basePath: string): string | null {
  const trimmed = basePath.replaceAll(/^\/|\/$/g, "");
  const prefix = trimmed === "" ? "/" : `/${trimmed}/`;
  const isCanonical =
    URL.canParse(prefix, "http://localhost") && new URL(prefix, "http://localhost").pathname === prefix;
  return isCanonical ? prefix : null;
}
