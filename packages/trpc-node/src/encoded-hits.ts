import type { IncomingMessage, ServerResponse } from "node:http";
import { channels } from "@weir/core/channels";
import { runSyncInScope, type Scope } from "@weir/core/scope";
import { apiHeaders } from "./api-headers";
import { parseTraceparent } from "@weir/core/traceparent";
import { acceptedEncodings, isNotModified } from "./negotiate";
import { type PlainGet, readPlainGet } from "./plain-get";
import { oneRead } from "./one-read";
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

export type EncodedHitsOptions = ResponseCacheOptions & {
  /** Leaves calls of which their caller records a trace to the usual way: here they leave none. */
  leavesSampled?: boolean;
};

/** The form of an answer that this client gets. */
type Form = { bytes: Buffer; encoding: string | undefined; etag: string; isNotModified: boolean };
type Ready = { answer: EncodedAnswer; form: Form; procedure: string; durationMs: number };

const scope: Scope = { request: { id: "encoded" }, origin: "app", procedure: null, deadlineAtMs: null, counts: null };

/** The body of an answer that is this value, as tRPC writes it without a transformer. */
export const bodyOf = (value: unknown): string => `{"result":{"data":${JSON.stringify(value)}}}`;

/**
 * Answers from finished bytes: the checks of the entry, a lookup and one write. The bytes pass the same checks of trust,
 * tags and lifetime as the value that they were made of, and are of no use once it is gone. Carries a strong `ETag` and
 * answers 304; larger bodies go out compressed where the client takes it.
 */
export function createEncodedHits(sharedAnswers: SharedAnswers, options: EncodedHitsOptions = {}): EncodedHits {
  const responses = createResponseCache(options);
  const { leavesSampled = false } = options;
  const hostIsUsable = createHostCheck();

  /** The bytes of a fresh value of L1, counted as the hit that they stand for. */
  function hit(url: string, kept: Kept, startedAt: number): EncodedAnswer | undefined {
    let { answer } = kept;
    if (answer === null || !answer.live.answers(startedAt)) {
      const live = kept.entry.live();
      if (live === undefined || !live.answers()) {
        // The bytes die with the value.
        if (answer !== null) responses.learn(url, kept);
        return undefined;
      }
      answer = responses.keep(url, kept, live, bodyOf(live.value));
    }
    return answer;
  }

  function formOf({ body, variants, isCompressible, etag: name }: EncodedAnswer, get: PlainGet): Form {
    const encoding = isCompressible
      ? acceptedEncodings(get.acceptEncoding).find((accepted) => variants[accepted] !== undefined)
      : undefined;
    const bytes = (encoding === undefined ? undefined : variants[encoding]) ?? body;
    const etag = encoding === undefined ? `"${name}"` : `"${name}-${encoding}"`;
    return { bytes, encoding, etag, isNotModified: isNotModified(get.ifNoneMatch, etag) };
  }

  /** The answer in this client's form, published as the call that it stands for. */
  function prepare(url: string, kept: Kept, get: PlainGet, startedAt: number): Ready | undefined {
    const answer = hit(url, kept, startedAt);
    if (answer === undefined) return undefined;
    const { procedure } = kept;
    const form = formOf(answer, get);
    const bytes = form.isNotModified ? 0 : form.bytes.length;
    const endedAtMs = performance.now();
    const durationMs = endedAtMs - startedAt;
    channels.rpc.publish({
      procedure,
      type: "query",
      durationMs,
      ok: true,
      errorCode: null,
      bytes,
      counts: oneRead,
      inFlight: undefined,
      endedAtMs,
    });
    return { answer, form, procedure, durationMs };
  }

  function send(res: ServerResponse, requestId: string, { answer, form, procedure, durationMs }: Ready) {
    const { bytes, encoding, etag } = form;
    const { isCompressible } = answer;
    const ms = milliseconds(durationMs);
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
    if (form.isNotModified) {
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
      if (leavesSampled && parseTraceparent(get.traceparent)?.sampled === true) return kept;
      const startedAt = performance.now();
      const ready = runSyncInScope(scope, () => prepare(url, kept, get, startedAt));
      if (ready === undefined) return kept;
      send(res, requestId, ready);
      return "answered";
    },
    learn: (req, call) => {
      if (req.url !== undefined && readPlainGet(req) !== null) responses.learn(req.url, call);
    },
  };
}
