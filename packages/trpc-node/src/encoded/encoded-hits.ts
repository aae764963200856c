import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { LiveEntry } from "@weir/cache";
import { runSyncInScope, type Scope } from "@weir/core/scope";
import { parseTraceparent } from "@weir/core/traceparent";
import type { EntrySource } from "../from-entry";
import type { SharedResponses } from "../meta";
import { oneRead, publishCall } from "../observe";
import { createHostCheck } from "../parse/parse-call";
import { apiHeaders, vary } from "../respond/send-response";
import { milliseconds } from "../server-timing";
import { acceptedEncodings, type Encoding, isNotModified, type PlainGet, readPlainGet } from "./plain-get";

/** What a validated request for one URL asked for: one entry's value, by this procedure. */
export type KnownCall = EntrySource & { readonly procedure: string };

export type EncodedHits = {
  /**
   * Sends the response if the value that the request asks for is in memory. If not, returns what it asks for, so that it
   * need not be validated again; null when the URL is not known or the request is not a plain one.
   */
  respond: (req: IncomingMessage, res: ServerResponse, requestId: string) => "sent" | KnownCall | null;
  /** Remembers what a GET of one query asked for, once it has been answered with this entry's value. */
  learn: (req: IncomingMessage, call: KnownCall) => void;
};

export type EncodedHitsOptions = ResponseCacheOptions & {
  /** Leaves calls with a sampled `traceparent` to the usual path: responses from here leave no trace. */
  skipsSampled?: boolean;
};

/** The form of a response that this client gets. */
type Form = { bytes: Buffer; encoding: string | undefined; etag: string; isNotModified: boolean };
type Ready = { response: EncodedResponse; form: Form; procedure: string; durationMs: number };

const scope: Scope = { request: { id: "encoded" }, origin: "app", procedure: null, deadlineAtMs: null, counts: null };

/** The body of a response with this value, as tRPC writes it without a transformer. */
export const bodyOf = (value: unknown): string => `{"result":{"data":${JSON.stringify(value)}}}`;

/**
 * Responds with finished bytes: the checks of the entry, a lookup and one write. The bytes pass the same checks of trust,
 * tags and lifetime as the value that they were made of, and are dropped with it. Sends a strong `ETag`, 304 for a client
 * that has the response already, and larger bodies compressed for clients that accept it.
 */
export function createEncodedHits(sharedResponses: SharedResponses, options: EncodedHitsOptions = {}): EncodedHits {
  const responses = createResponseCache(options);
  const { skipsSampled = false } = options;
  const hostIsUsable = createHostCheck();

  /** The bytes of a value that is fresh in L1, counted as the hit that they stand for. */
  function hit(url: string, kept: Kept, startedAt: number): EncodedResponse | undefined {
    let { response } = kept;
    if (response === null || !response.live.answers(startedAt)) {
      const live = kept.entry.live();
      if (live === undefined || !live.answers()) {
        // The bytes are dropped with the value.
        if (response !== null) responses.learn(url, kept);
        return undefined;
      }
      response = responses.keep(url, kept, live, bodyOf(live.value));
    }
    return response;
  }

  /** The response in this client's form, published as the call that it stands for. */
  function prepare(url: string, kept: Kept, get: PlainGet, startedAt: number): Ready | undefined {
    const response = hit(url, kept, startedAt);
    if (response === undefined) return undefined;
    const { procedure } = kept;
    const form = formOf(response, get);
    const bytes = form.isNotModified ? 0 : form.bytes.length;
    const endedAtMs = performance.now();
    publishCall(procedure, "query", startedAt, endedAtMs, null, bytes, oneRead, undefined);
    return { response, form, procedure, durationMs: endedAtMs - startedAt };
  }

  function send(res: ServerResponse, requestId: string, { response, form, procedure, durationMs }: Ready) {
    const { bytes, encoding, etag } = form;
    const ms = milliseconds(durationMs);
    const head = [
      "vary",
      response.isCompressible ? `${vary}, accept-encoding` : vary,
      "content-type",
      "application/json",
      "cache-control",
      sharedResponses.get(procedure) ?? "no-cache",
      "etag",
      etag,
      "server-timing",
      `total;dur=${ms}, cache;desc="${response.live.group} l1";dur=${ms}`,
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
    respond: (req, res, requestId) => {
      const url = req.url ?? "";
      const kept = responses.find(url);
      if (kept === undefined) return null;
      const get = readPlainGet(req);
      if (get === null || !hostIsUsable(get.host)) return null;
      if (skipsSampled && parseTraceparent(get.traceparent)?.sampled === true) return kept;
      const startedAt = performance.now();
      const ready = runSyncInScope(scope, () => prepare(url, kept, get, startedAt));
      if (ready === undefined) return kept;
      send(res, requestId, ready);
      return "sent";
    },
    learn: (req, call) => {
      if (req.url !== undefined && readPlainGet(req) !== null) responses.learn(req.url, call);
    },
  };
}

function formOf({ body, variants, isCompressible, etag: name }: EncodedResponse, get: PlainGet): Form {
  const encoding = isCompressible
    ? acceptedEncodings(get.acceptEncoding).find((accepted) => variants[accepted] !== undefined)
    : undefined;
  const bytes = (encoding === undefined ? undefined : variants[encoding]) ?? body;
  const etag = encoding === undefined ? `"${name}"` : `"${name}-${encoding}"`;
  return { bytes, encoding, etag, isNotModified: isNotModified(get.ifNoneMatch, etag) };
}

/** A finished response. Its bytes are sent only while its entry is valid. */
export type EncodedResponse = {
  readonly live: LiveEntry<unknown>;
  readonly body: Buffer;
  /** Without quotes; each encoding appends its own name, so that every representation has its own. */
  readonly etag: string;
  /** True for a body that is large enough to be worth it; the response then varies by `Accept-Encoding`. */
  readonly isCompressible: boolean;
  /** Filled in once they are computed. */
  readonly variants: Partial<Record<Encoding, Buffer>>;
};

/** A known call with its finished response, if there is one. */
type Kept = KnownCall & { readonly response: EncodedResponse | null };

export type ResponseCache = {
  find: (url: string) => Kept | undefined;
  /** Remembers what a validated request asked for. */
  learn: (url: string, call: KnownCall) => void;
  /** Makes the response, and keeps it unless it is too large. */
  keep: (url: string, call: KnownCall, live: LiveEntry<unknown>, body: string) => EncodedResponse;
  readonly entries: number;
};

export type ResponseCacheOptions = { maxEntries?: number; maxBytes?: number; compressFromBytes?: number };

const bookkeepingBytes = 500;

/**
 * What is known of raw URLs, bounded in entries and bytes: which entry they ask for, and its value as finished bytes. It
 * decides nothing: the entry is checked each time.
 */
export function createResponseCache(options: ResponseCacheOptions = {}): ResponseCache {
  const { maxEntries = 20_000, maxBytes = 32 * 1024 * 1024, compressFromBytes = 1_400 } = options;
  const known = new LRUCache<string, Kept>({ max: maxEntries, maxSize: maxBytes });
  return {
    find: (url) => known.get(url),
    learn: (url, { procedure, entry, absent }) => {
      known.set(url, { procedure, entry, absent, response: null }, { size: url.length + bookkeepingBytes });
    },
    keep: (url, { procedure, entry, absent }, live, text) => {
      const body = compact(Buffer.from(text));
      const isCompressible = body.length >= compressFromBytes;
      const etag = createHash("sha1").update(body).digest("base64url");
      const response: EncodedResponse = { live, body, etag, isCompressible, variants: {} };
      // Both variants together are smaller than the body, or they are not worth keeping.
      const size = url.length + body.length * (isCompressible ? 2 : 1) + bookkeepingBytes;
      if (size > maxBytes) return response;
      known.set(url, { procedure, entry, absent, response }, { size });
      if (isCompressible) void addVariants(response);
      return response;
    },
    get entries() {
      return known.size;
    },
  };
}

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/** Compresses off the event loop, in zlib's threads; a failure leaves the plain body. */
async function addVariants({ body, variants }: EncodedResponse): Promise<void> {
  const [br, gz] = await Promise.allSettled([brotli(body, brotliOptions), deflate(body)]);
  if (br.status === "fulfilled" && br.value.length < body.length) variants.br = compact(br.value);
  if (gz.status === "fulfilled" && gz.value.length < body.length) variants.gzip = compact(gz.value);
}

/**
 * Copies into memory of its own. Node cuts small buffers out of slabs of 8 KB, and zlib returns slabs of 16 KB: each kept
 * response would hold many times what it counts.
 */
function compact(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
