import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnyTRPCProcedure, AnyTRPCRouter, TRPCError } from "@trpc/server";
import { openTally } from "./calls-under-way";
import { runInScope } from "@weir/core/scope";
import { answerCalls } from "./answer-calls";
import { answerFailure } from "./answer-failure";
import { Calls } from "./calls";
import type { Exchange } from "./exchange";
import type { Failure, HandlerParts, TrpcHandlerOptions } from "./handler-options";
import { admitOnConnection } from "./in-flight";
import { defaultLimits, refuseByLimits, refuseCrossSite, tooLarge } from "./limits";
import { answerKnown } from "./known-call";
import { type CallRules, type ParsedCall, parseCall } from "./parse-call";
import { decodeBody, readBody } from "./read-body";
import { refuse } from "./refuse";
import { publishRequestEnd } from "./request-end";
import { requestScope } from "./request-scope";
import type { KnownCall } from "./response-cache";
import { sendAnswer } from "./send-answer";
import { collectTimings } from "./server-timing";
import { findSharedAnswers } from "./shared-caching";
import { adapt } from "./trpc-adapter";
import { createHostCheck } from "./usable-host";

export type { Failure, TrpcHandlerOptions } from "./handler-options";

/** Without a `requestId` the handler counts. */
export type TrpcHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  requestId?: string,
  /** What this URL asked for when it was validated before. */
  known?: KnownCall | null,
) => void;

/** The options with all that was left out, and a logger that cannot fail. */
function complete<Router extends AnyTRPCRouter>(options: TrpcHandlerOptions<Router>): HandlerParts {
  const { onError } = options;
  return {
    router: options.router,
    basePath: options.basePath ?? "/api/trpc/",
    createContext: options.createContext,
    // It is handed answers and contexts of this very router.
    responseMeta: options.responseMeta as HandlerParts["responseMeta"],
    allowMethodOverride: options.allowMethodOverride ?? false,
    allowBatching: options.allowBatching ?? true,
    limits: { ...defaultLimits, ...options.limits },
    onAnswered: options.onAnswered,
    sharedAnswers: findSharedAnswers(options.router),
    callAnswers: options.responseMeta === undefined ? options.callAnswers : undefined,
    onError: (failure: Failure) => {
      try {
        onError?.(failure);
      } catch {
        // Dropped, as the option says.
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

/**
 * Answers tRPC calls under `basePath` on a Node server. Queries and mutations, single and batched, take a short way
 * straight from the Node request to one write on the socket; streams, subscriptions and whatever else is unusual go to
 * tRPC's own adapter, and both answer alike (rule H1). Every limit is set; each answer carries `Server-Timing` and, unless
 * the router says otherwise, `Cache-Control: no-cache`. Never throws: failures are answers.
 */
export function createTrpcHandler<Router extends AnyTRPCRouter>(options: TrpcHandlerOptions<Router>): TrpcHandler {
  const parts = complete(options);
  const rules = rulesOf(parts);
  const { limits } = parts;
  const origins = options.origins ?? new Set();
  let count = 0;

  return (req, res, requestId = String((count += 1)), known = null) => {
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
    const tally = known === null ? null : openTally();
    runInScope({ request, origin: "app", procedure: known?.procedure ?? null, deadlineAtMs, tally }, () => {
      if (known === null) usual();
      else answerKnown(exchange, known, parts.sharedAnswers, usual, usual).catch(caught);
    });
  };
}
