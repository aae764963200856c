import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { LiveEntry } from "../cache";

export type Encoding = "br" | "gzip";

/** A finished answer to one URL. Its bytes are sent only while its entry answers. */
export type EncodedAnswer = {
  readonly procedure: string;
  readonly live: LiveEntry<unknown>;
  readonly body: Buffer;
  /** Without quotes; each encoding adds its own name to it, so that every representation has its own. */
  readonly etag: string;
  /** Large enough to be worth it; then the answer varies by `Accept-Encoding`. */
  readonly isCompressible: boolean;
  /** Filled in once they are computed. */
  readonly variants: Partial<Record<Encoding, Buffer>>;
};

export type ResponseCache = {
  find: (url: string) => EncodedAnswer | undefined;
  /** Keeps what a validated request was answered with. */
  keep: (url: string, procedure: string, live: LiveEntry<unknown>, body: string) => void;
  drop: (url: string) => void;
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
 * Finished answers by raw URL, bounded in entries and bytes. Holds no truth of its own: an answer whose entry no longer
 * answers is dropped when it is asked for.
 */
export function createResponseCache(options: ResponseCacheOptions = {}): ResponseCache {
  const { maxEntries = 20_000, maxBytes = 32 * 1024 * 1024, compressFromBytes = 1_400 } = options;
  const answers = new LRUCache<string, EncodedAnswer>({ max: maxEntries, maxSize: maxBytes });
  return {
    find: (url) => answers.get(url),
    keep: (url, procedure, live, text) => {
      const body = own(Buffer.from(text));
      const etag = createHash("sha1").update(body).digest("base64url");
      const isCompressible = body.length >= compressFromBytes;
      const answer: EncodedAnswer = { procedure, live, body, etag, isCompressible, variants: {} };
      // Both variants together are smaller than the body, or they would not be kept for long.
      const size = url.length + body.length * (isCompressible ? 2 : 1) + bookkeepingBytes;
      if (size <= maxBytes) {
        answers.set(url, answer, { size });
        if (isCompressible) void addVariants(answer);
      }
    },
    drop: (url) => void answers.delete(url),
    get entries() {
      return answers.size;
    },
  };
}
