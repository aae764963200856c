import { setTimeout as pause } from "node:timers/promises";
import { withTimeout } from "@weir/core/deadlines";
import { currentScope, runOutsideScope } from "@weir/core/scope";
import type { InvalidationMode } from "../contract/types";
import type { CacheWarning, Mismatch } from "../contract/warnings";
import type { Fence } from "../invalidation/fence";
import type { Plan } from "../loading/definition";
import { loadKey, type LoadResult } from "../loading/load";
import { isStale, type L1, type L1Entry } from "../memory/l1";
import type { MonotonicClock } from "../redis/clock";
import { redactKey } from "./redact";

/** Compares entries of this node's memory with their source. */
export type Verifier = {
  /** Stores the key of an entry, which the cached text does not contain. */
  remember: <Key, Value>(plan: Plan<Key, Value>, key: Key, id: string) => void;
  /** Compares a sampled share of the hits in the background. */
  onHit: <Key, Value>(plan: Plan<Key, Value>, key: Key, id: string, entry: L1Entry) => void;
  onMutation: (tags: readonly string[], mode: InvalidationMode) => void;
  /** Compares every fresh entry whose key is remembered. */
  verifyAll: () => Promise<Mismatch[]>;
};

export type VerifierOptions = {
  l1: L1;
  fence: Fence;
  clock: MonotonicClock;
  random: () => number;
  closing: AbortSignal;
  /** Of all fresh hits in memory, 0 to 1. */
  share: number;
  /** How long a pending invalidation may take to arrive. */
  settleMs: number;
  loadMs: number;
  report: (warning: CacheWarning) => void;
};

/** One stored entry, with the function that reloads it. */
type Known = {
  readonly group: string;
  readonly cacheKey: string;
  readonly isSensitive: boolean;
  readonly load: () => Promise<LoadResult>;
  readonly entry: L1Entry;
  readonly sinceMs: number;
};

const maxRemembered = 20_000;
const maxRunning = 4;
const maxShown = 500;

/**
 * An entry differs when two loads, with time between them for an invalidation to arrive, both return something else than
 * the entry holds, and nothing has invalidated it meanwhile. A load that fails proves nothing.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { l1, fence, clock, random, closing, share, settleMs, loadMs, report } = options;
  const remembered = new Map<string, Known>();
  let lastMutation: { procedure: string | null; tags: readonly string[]; mode: InvalidationMode; atMs: number } | null =
    null;
  let running = 0;

  function know<Key, Value>(plan: Plan<Key, Value>, key: Key, id: string, entry: L1Entry): Known | null {
    if (plan.definition.isVerifiable === false) return null;
    const known = remembered.get(id);
    if (known?.entry === entry) return known;
    const load = (): Promise<LoadResult> =>
      withTimeout(new Promise((resolve) => loadKey(plan, key, { closing, background: true }, resolve)), loadMs);
    const fresh: Known = {
      group: plan.group,
      cacheKey: id.slice(plan.idPrefix.length),
      isSensitive: plan.isSensitive,
      load: () => runOutsideScope(load),
      entry,
      sinceMs: clock.now(),
    };
    // The oldest entry is dropped first.
    const oldest = remembered.size >= maxRemembered && known === undefined ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
    remembered.set(id, fresh);
    return fresh;
  }

  /** False once an invalidation covers the entry, or the past that it belongs to is over. */
  const isStanding = ({ entry }: Known): boolean =>
    entry.generation === fence.generation && fence.judge(entry.marks, entry.checkedEpoch) === "valid";

  /** The JSON of the source when it differs from the entry's. */
  async function loadOther({ load, entry }: Known): Promise<string | null> {
    const result = await load();
    if (!result.ok) return null;
    const json = result.loaded.json();
    return json === JSON.stringify(entry.value) ? null : json;
  }

  async function compare(known: Known, waitMs: number): Promise<Mismatch | null> {
    if ((await loadOther(known)) === null) return null;
    if (waitMs > 0) await pause(waitMs, undefined, { signal: closing, ref: false });
    if (!isStanding(known)) return null;
    const loaded = await loadOther(known);
    if (loaded === null || !isStanding(known)) return null;
    return describe(known, loaded);
  }

  function describe({ group, cacheKey, isSensitive, entry, sinceMs }: Known, loaded: string): Mismatch {
    return {
      group,
      key: isSensitive ? redactKey(fence.incarnation ?? "", group, cacheKey) : cacheKey,
      ageMs: clock.now() - sinceMs,
      cached: isSensitive ? null : JSON.stringify(entry.value).slice(0, maxShown),
      loaded: isSensitive ? null : loaded.slice(0, maxShown),
      lastMutation:
        lastMutation === null
          ? null
          : {
              procedure: lastMutation.procedure,
              tags: lastMutation.tags,
              mode: lastMutation.mode,
              agoMs: clock.now() - lastMutation.atMs,
            },
    };
  }

  return {
    remember: (plan, key, id) => {
      const entry = l1.peek(id);
      if (entry !== undefined) know(plan, key, id, entry);
    },
    onHit: (plan, key, id, entry) => {
      const known = know(plan, key, id, entry);
      if (known === null || running >= maxRunning || random() >= share) return;
      running += 1;
      compare(known, settleMs)
        .then((mismatch) => {
          if (mismatch !== null) report({ code: "ENTRY_MISMATCH", ...mismatch });
        })
        // The source failed, or the cache is closing.
        .catch(() => undefined)
        .finally(() => {
          running -= 1;
        });
    },
    onMutation: (tags, mode) => {
      lastMutation = { procedure: currentScope()?.procedure ?? null, tags, mode, atMs: clock.now() };
    },
    verifyAll: async () => {
      const found: Mismatch[] = [];
      for (const [id, known] of remembered) {
        if (l1.peek(id) !== known.entry) remembered.delete(id);
        else if (isStanding(known) && !isStale(known.entry, clock.now())) {
          // One at a time: a full check must not slow down regular reads.
          const mismatch = await compare(known, 0);
          if (mismatch !== null) found.push(mismatch);
        }
      }
      return found;
    },
  };
}
