import { LRUCache } from "lru-cache";
import type { LiveEntry } from "@weir/cache";
import { channels } from "@weir/core/channels";
import { type RequestScope, runSyncInScope } from "@weir/core/scope";
import { oneRead } from "./one-read";

/** Finished answers to single calls, for batches: each is one element of the array that answers a batch. */
export type CallAnswers = {
  /** The JSON of the element, counted as the hit and the call that it stands for; undefined when it must be made. */
  find: (procedure: string, input: unknown, request: RequestScope) => string | undefined;
  /** Keeps the element that answered a validated call; nothing is kept of a value that came out of no entry. */
  keep: (procedure: string, input: unknown, value: unknown, text: string) => void;
};

export type CallAnswersOptions = {
  /** The entry whose value this is, when the procedure is public and answers with nothing else. */
  sourceOf: (procedure: string, value: unknown) => LiveEntry<unknown> | undefined;
  maxEntries?: number;
  maxBytes?: number;
};

type Kept = { readonly live: LiveEntry<unknown>; readonly text: string; readonly bytes: number };

const bookkeepingBytes = 300;
const longestInput = 1_024;

/**
 * Two calls with one key have one answer. JSON gives each input a text of its own, but for numbers too large for it, which
 * it writes as null: inputs with a null have no key.
 */
function keyOf(procedure: string, input: unknown): string | undefined {
  const text = JSON.stringify(input) as string | undefined;
  if (text === undefined) return procedure;
  return text.length <= longestInput && !text.includes("null") ? `${procedure} ${text}` : undefined;
}

/**
 * Answers of single calls by procedure and input, bounded in entries and bytes. A batch made of them needs neither
 * validation nor a procedure per call, whatever its mixture. Holds no truth of its own: an answer passes the checks of its
 * entry each time, and is dropped once that no longer answers.
 */
export function createCallAnswers(options: CallAnswersOptions): CallAnswers {
  const { sourceOf, maxEntries = 50_000, maxBytes = 16 * 1024 * 1024 } = options;
  const answers = new LRUCache<string, Kept>({ max: maxEntries, maxSize: maxBytes });
  return {
    find: (procedure, input, request) => {
      const key = keyOf(procedure, input);
      const kept = key === undefined ? undefined : answers.get(key);
      if (key === undefined || kept === undefined) return undefined;
      const startedAt = performance.now();
      return runSyncInScope({ request, origin: "app", procedure, deadlineAtMs: null, untraced: true }, () => {
        if (!kept.live.answers(startedAt)) {
          answers.delete(key);
          return undefined;
        }
        const endedAtMs = performance.now();
        const durationMs = endedAtMs - startedAt;
        channels.rpc.publish({
          procedure,
          type: "query",
          durationMs,
          ok: true,
          errorCode: null,
          bytes: kept.bytes,
          counts: oneRead,
          inFlight: undefined,
          endedAtMs,
        });
        return kept.text;
      });
    },
    keep: (procedure, input, value, text) => {
      const live = sourceOf(procedure, value);
      const key = live === undefined ? undefined : keyOf(procedure, input);
      if (live === undefined || key === undefined) return;
      const size = key.length + text.length + bookkeepingBytes;
      if (size <= maxBytes) answers.set(key, { live, text, bytes: Buffer.byteLength(text) }, { size });
    },
  };
}
