import { LRUCache } from "lru-cache";
import type { LiveEntry } from "@weir/cache";
import { type RequestScope, runSyncInScope } from "@weir/core/scope";
import { oneRead, publishCall } from "../observe";

/** Finished responses to single calls, for batches: each is one element of the array that answers a batch. */
export type CallResponses = {
  /** The JSON of the element, counted as the hit and the call that it stands for; undefined when the call must run. */
  find: (procedure: string, input: unknown, request: RequestScope) => string | undefined;
  /** Keeps the element that answered a validated call, if its value came from a cache entry. */
  keep: (procedure: string, input: unknown, value: unknown, text: string) => void;
};

export type CallResponsesOptions = {
  /** The entry whose value this is, when the procedure is public and returns the value unchanged. */
  sourceOf: (procedure: string, value: unknown) => LiveEntry<unknown> | undefined;
  maxEntries?: number;
  maxBytes?: number;
};

type Kept = { readonly live: LiveEntry<unknown>; readonly text: string; readonly bytes: number };

const bookkeepingBytes = 300;

/**
 * Responses to single calls by procedure and input, bounded in entries and bytes. A batch made of them needs neither
 * validation nor a procedure per call, whatever its mixture. It decides nothing: a response passes the checks of its entry
 * each time, and is dropped when the entry fails them.
 */
export function createCallResponses(options: CallResponsesOptions): CallResponses {
  const { sourceOf, maxEntries = 50_000, maxBytes = 16 * 1024 * 1024 } = options;
  const responses = new LRUCache<string, Kept>({ max: maxEntries, maxSize: maxBytes });
  return {
    find: (procedure, input, request) => {
      const key = keyOf(procedure, input);
      const kept = key === undefined ? undefined : responses.get(key);
      if (key === undefined || kept === undefined) return undefined;
      const startedAt = performance.now();
      return runSyncInScope({ request, origin: "app", procedure, deadlineAtMs: null, untraced: true }, () => {
        if (!kept.live.answers(startedAt)) {
          responses.delete(key);
          return undefined;
        }
        publishCall(procedure, "query", startedAt, performance.now(), null, kept.bytes, oneRead, undefined);
        return kept.text;
      });
    },
    keep: (procedure, input, value, text) => {
      const live = sourceOf(procedure, value);
      const key = live === undefined ? undefined : keyOf(procedure, input);
      if (live === undefined || key === undefined) return;
      const size = key.length + text.length + bookkeepingBytes;
      if (size <= maxBytes) responses.set(key, { live, text, bytes: Buffer.byteLength(text) }, { size });
    },
  };
}

const maxInputLength = 1_024;

/**
 * Two calls with the same key have the same response. JSON gives each input its own text, except that it writes numbers too
 * large for it as null: inputs with a null have no key.
 */
function keyOf(procedure: string, input: unknown): string | undefined {
  const text = JSON.stringify(input) as string | undefined;
  if (text === undefined) return procedure;
  return text.length <= maxInputLength && !text.includes("null") ? `${procedure} ${text}` : undefined;
}
