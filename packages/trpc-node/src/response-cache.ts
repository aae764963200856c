import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { EntryRef, LiveEntry } from "@weir/cache";

export type Encoding = "br" | "gzip";

/** A finished answer. Its bytes are sent only while its entry answers. */
export type EncodedAnswer = {
  readonly live: LiveEntry<unknown>;
  readonly body: Buffer;
  /** Without quotes; each encoding adds its own name to it, so that every representation has its own. */
  readonly etag: string;
  /** Large enough to be worth it; then the answer varies by `Accept-Encoding`. */
  readonly isCompressible: boolean;
  /** Filled in once they are computed. */
  readonly variants: Partial<Record<Encoding, Buffer>>;
};

/** What a validated request to one URL asked for: one entry's value, by this procedure. */
export type KnownCall = { readonly procedure: string; readonly entry: EntryRef<unknown> };

/** The same, with its finished answer if there is one. */
export type Kept = KnownCall & { readonly answer: EncodedAnswer | null };

export type ResponseCache = {
  find: (url: string) => Kept | undefined;
  /** Remembers what a validated request asked for. */
  learn: (url: string, call: KnownCall) => void;
  /** Makes the answer, and keeps it unless it is too large. */
  keep: (url: string, call: KnownCall, live: LiveEntry<unknown>, body: string) => EncodedAnswer;
  readonly entries: number;
};

export type ResponseCacheOptions = { maxEntries?: number; maxBytes?: number; compressFromBytes?: number };

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);
const bookkeepingBytes = 500;
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/**
 * In memory of its own. Node cuts small buffers out of slabs of 8 KB, and zlib answers with one of 16 KB: each kept
 * answer would hold many times what it counts.
 */
function own(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Compresses off the event loop, in zlib's threads; a failure leaves the plain body. */
async function addVariants({ body, variants }: EncodedAnswer): Promise<void> {
  const [br, gz] = await Promise.allSettled([brotli(body, brotliOptions), deflate(body)]);
  if (br.status === "fulfilled" && br.value.length < body.length) variants.br = own(br.value);
  if (gz.status === "fulfilled" && gz.value.length < body.length) variants.gzip = own(gz.value);
}

/**
 * What is known of raw URLs, bounded in entries and bytes: which entry they ask for, and its value as finished bytes. Holds
 * no truth of its own: the entry is asked each time.
 */
export function createResponseCache(options: ResponseCacheOptions = {}): ResponseCache {
  const { maxEntries = 20_000, maxBytes = 32 * 1024 * 1024, compressFromBytes = 1_400 } = options;
  const known = new LRUCache<string, Kept>({ max: maxEntries, maxSize: maxBytes });
  return {
    find: (url) => known.get(url),
    learn: (url, { procedure, entry }) => {
      known.set(url, { procedure, entry, answer: null }, { size: url.length + bookkeepingBytes });
    },
    keep: (url, { procedure, entry }, live, text) => {
      const body = own(Buffer.from(text));
      const isCompressible = body.length >= compressFromBytes;
      const etag = createHash("sha1").update(body).digest("base64url");
      const answer: EncodedAnswer = { live, body, etag, isCompressible, variants: {} };
      // Both variants together are smaller than the body, or they would not be kept for long.
      const size = url.length + body.length * (isCompressible ? 2 : 1) + bookkeepingBytes;
      if (size > maxBytes) return answer;
      known.set(url, { procedure, entry, answer }, { size });
      if (isCompressible) void addVariants(answer);
      return answer;
    },
    get entries() {
      return known.size;
    },
  };
}
