import type { IncomingMessage, ServerResponse } from "node:http";
import type { LiveEntry } from "../cache";
import { channels } from "../channels";
import { runSyncInScope, type Scope } from "../scope";
import { acceptedEncodings, isNotModified } from "./negotiate";
import { type PlainGet, readPlainGet } from "./plain-get";
import { createResponseCache, type EncodedAnswer, type ResponseCacheOptions } from "./response-cache";
import { vary } from "./response-head";
import { milliseconds } from "./server-timing";
import { createHostCheck } from "./usable-host";

export type EncodedHits = {
  /** Answers the request if its finished answer is at hand and still right. False when nothing was done. */
  answer: (req: IncomingMessage, res: ServerResponse, requestId: string) => boolean;
  /** Keeps the answer to a GET of one query, which was the value of this entry. */
  keep: (req: IncomingMessage, procedure: string, live: LiveEntry<unknown>, body: string) => void;
};

const scope: Scope = { request: { id: "encoded" }, origin: "app", procedure: null, deadlineAtMs: null };

/** One more fresh hit of the entry, counted as the call that it stands for; false when there is none. */
function hit({ live, procedure }: EncodedAnswer, startedAt: number): boolean {
  if (!live.answers()) return false;
  const durationMs = performance.now() - startedAt;
  channels.rpc.publish({ procedure, type: "query", durationMs, ok: true, errorCode: null });
  return true;
}

/**
 * Answers from finished bytes: the checks of the entry, a lookup and one write. The bytes pass the same checks of trust,
 * tags and lifetime as the value that they were made of, and are of no use once it is gone. Carries a strong `ETag` and
 * answers 304; larger bodies go out compressed where the client takes it.
 */
export function createEncodedHits(options: ResponseCacheOptions = {}): EncodedHits {
  const responses = createResponseCache(options);
  const hostIsUsable = createHostCheck();

  function send(get: PlainGet, res: ServerResponse, requestId: string, kept: EncodedAnswer, startedAt: number) {
    const { body, variants, isCompressible } = kept;
    const encoding = isCompressible
      ? acceptedEncodings(get.acceptEncoding).find((name) => variants[name] !== undefined)
      : undefined;
    const bytes = (encoding === undefined ? undefined : variants[encoding]) ?? body;
    const etag = encoding === undefined ? `"${kept.etag}"` : `"${kept.etag}-${encoding}"`;
    const ms = milliseconds(performance.now() - startedAt);
    const head = [
      "vary",
      isCompressible ? `${vary}, accept-encoding` : vary,
      "content-type",
      "application/json",
      "cache-control",
      "no-cache",
      "etag",
      etag,
      "server-timing",
      `total;dur=${ms}, cache;desc="${kept.live.group} l1";dur=${ms}`,
      "x-content-type-options",
      "nosniff",
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
      if (kept === undefined) return false;
      const get = readPlainGet(req);
      if (get === null || !hostIsUsable(get.host)) return false;
      const startedAt = performance.now();
      if (!runSyncInScope(scope, () => hit(kept, startedAt))) {
        responses.drop(url);
        return false;
      }
      send(get, res, requestId, kept, startedAt);
      return true;
    },
    keep: (req, procedure, live, body) => {
      if (req.url !== undefined && readPlainGet(req) !== null) responses.keep(req.url, procedure, live, body);
    },
  };
}
