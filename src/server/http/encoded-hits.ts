import type { IncomingMessage, ServerResponse } from "node:http";
import { channels } from "../channels";
import { runSyncInScope, type Scope } from "../scope";
import { apiHeaders } from "./api-headers";
import { acceptedEncodings, isNotModified } from "./negotiate";
import { type PlainGet, readPlainGet } from "./plain-get";
import {
  createResponseCache,
  type EncodedAnswer,
  type Kept,
  type KnownCall,
  type ResponseCacheOptions,
} from "./response-cache";
import { vary } from "./response-head";
import { milliseconds } from "./server-timing";
import type { SharedAnswers } from "./shared-caching";
import { createHostCheck } from "./usable-host";

export type EncodedHits = {
  /**
   * Answers the request if the value that it asks for is in memory. If not, tells what it asks for, so that nothing has to
   * be validated twice; null when the URL is not known or the request is not a plain one.
   */
  answer: (req: IncomingMessage, res: ServerResponse, requestId: string) => "answered" | KnownCall | null;
  /** Remembers what a GET of one query asked for, once it has been answered with this entry's value. */
  learn: (req: IncomingMessage, call: KnownCall) => void;
};

type Sending = { get: PlainGet; res: ServerResponse; requestId: string; procedure: string; startedAt: number };

const scope: Scope = { request: { id: "encoded" }, origin: "app", procedure: null, deadlineAtMs: null };

/** The body of an answer that is this value, as tRPC writes it without a transformer. */
export const bodyOf = (value: unknown): string => `{"result":{"data":${JSON.stringify(value)}}}`;

/**
 * Answers from finished bytes: the checks of the entry, a lookup and one write. The bytes pass the same checks of trust,
 * tags and lifetime as the value that they were made of, and are of no use once it is gone. Carries a strong `ETag` and
 * answers 304; larger bodies go out compressed where the client takes it.
 */
export function createEncodedHits(sharedAnswers: SharedAnswers, options: ResponseCacheOptions = {}): EncodedHits {
  const responses = createResponseCache(options);
  const hostIsUsable = createHostCheck();

  /** The bytes of a fresh value of L1, counted as the hit and the call that they stand for. */
  function hit(url: string, kept: Kept, startedAt: number): EncodedAnswer | undefined {
    let { answer } = kept;
    if (answer === null || !answer.live.answers()) {
      const live = kept.entry.live();
      if (live === undefined || !live.answers()) {
        // The bytes die with the value.
        if (answer !== null) responses.learn(url, kept);
        return undefined;
      }
      answer = responses.keep(url, kept, live, bodyOf(live.value));
    }
    const durationMs = performance.now() - startedAt;
    channels.rpc.publish({ procedure: kept.procedure, type: "query", durationMs, ok: true, errorCode: null });
    return answer;
  }

  function send(exchange: Sending, answer: EncodedAnswer) {
    const { get, res, requestId, procedure, startedAt } = exchange;
    const { body, variants, isCompressible } = answer;
    const encoding = isCompressible
      ? acceptedEncodings(get.acceptEncoding).find((name) => variants[name] !== undefined)
      : undefined;
    const bytes = (encoding === undefined ? undefined : variants[encoding]) ?? body;
    const etag = encoding === undefined ? `"${answer.etag}"` : `"${answer.etag}-${encoding}"`;
    const ms = milliseconds(performance.now() - startedAt);
    const head = [
      "vary",
      isCompressible ? `${vary}, accept-encoding` : vary,
      "content-type",
      "application/json",
      "cache-control",
      sharedAnswers.get(procedure) ?? "no-cache",
      "etag",
      etag,
      "server-timing",
      `total;dur=${ms}, cache;desc="${answer.live.group} l1";dur=${ms}`,
      ...apiHeaders,
      "x-request-id",
      requestId,
    ];
    if (isNotModified(get.ifNoneMatch, etag)) {
      res.writeHead(304, head);
      res.end();
      return;
    }
    if (encoding !== undefined) head.push("content-encoding", encoding);
    head.push("content-length", String(bytes.length));
    res.writeHead(200, head);
    res.end(bytes);
  }

  return {
    answer: (req, res, requestId) => {
      const url = req.url ?? "";
      const kept = responses.find(url);
      if (kept === undefined) return null;
      const get = readPlainGet(req);
      if (get === null || !hostIsUsable(get.host)) return null;
      const startedAt = performance.now();
      const answer = runSyncInScope(scope, () => hit(url, kept, startedAt));
      if (answer === undefined) return kept;
      send({ get, res, requestId, procedure: kept.procedure, startedAt }, answer);
      return "answered";
    },
    learn: (req, call) => {
      if (req.url !== undefined && readPlainGet(req) !== null) responses.learn(req.url, call);
    },
  };
}
