import { type CacheLoadMessage, channels } from "@weir/core/channels";
import { CacheError } from "../contract/errors";
import type { LoadContext } from "../contract/types";
import { copyPlain, deepFreeze, notPlain } from "../memory/frozen";
import type { Plan } from "./definition";
import type { Turns } from "./turns";

/** A loaded value as it is shared: as JSON represents it, frozen, so that each tier and caller sees the same. */
export type Loaded = {
  readonly value: unknown;
  /** Its JSON, encoded on the first call: where nothing is stored, it is never needed. */
  readonly json: () => string;
};
export type LoadResult =
  | { readonly ok: true; readonly loaded: Loaded; readonly loadMs: number }
  | { readonly ok: false; readonly error: unknown };

export type LoadOptions = {
  /** Aborts when the cache is closed. */
  closing: AbortSignal;
  /** True for a refresh. */
  background: boolean;
  turns: Turns;
};

const maxConcurrentLoads = 8;

/**
 * Loads the keys of these items and calls `onResult`, which must not throw, for each of them later. With `loadMany`, two or
 * more keys are loaded by it together and share its failure; without it, at most eight loads run at a time. Publishes each
 * run.
 */
export function loadKeys<Key, Value, Item extends { readonly key: Key }>(
  plan: Plan<Key, Value>,
  items: readonly Item[],
  options: LoadOptions,
  onResult: (item: Item, result: LoadResult) => void,
): void {
  const { group, definition } = plan;
  const { loadMany } = definition;
  if (items.length > 1 && loadMany !== undefined) {
    const { context, close } = openLoadContext(options.closing);
    runLoad(
      { group, keys: items.length, background: options.background },
      () =>
        loadMany(
          items.map(({ key }) => key),
          context,
        ),
      (run) => {
        close();
        options.turns.each(items, (item) => {
          onResult(
            item,
            resultOf(run, (found) => (found.has(item.key) ? found.get(item.key) : null)),
          );
        });
      },
    );
    return;
  }
  let next = 0;
  const loadNext = (): void => {
    const item = items[next];
    if (item === undefined) return;
    next += 1;
    loadKey(plan, item.key, options, (result) => {
      onResult(item, result);
      loadNext();
    });
  };
  for (let started = 0; started < maxConcurrentLoads; started += 1) loadNext();
}

const itself = (value: unknown): unknown => value;

/** Loads one key and publishes the run. Calls `onResult`, which must not throw, later. */
export function loadKey<Key, Value>(
  { definition, group }: Plan<Key, Value>,
  key: Key,
  { closing, background }: Omit<LoadOptions, "turns">,
  onResult: (result: LoadResult) => void,
): void {
  const { context, close } = openLoadContext(closing);
  runLoad(
    { group, keys: 1, background },
    () => definition.load(key, context),
    (run) => {
      close();
      onResult(resultOf(run, itself));
    },
  );
}

/** One run of a load. `loadMs` is what was published. */
type Run<Output> =
  | { readonly ok: true; readonly output: Output; readonly loadMs: number }
  | { readonly ok: false; readonly error: unknown };

/**
 * Runs a load, publishes how long it took and whether it failed, and then calls `onEnd`, which must not throw; never before
 * `runLoad` has returned.
 */
function runLoad<Output>(
  about: Pick<CacheLoadMessage, "group" | "keys" | "background">,
  load: () => Promise<Output>,
  onEnd: (run: Run<Output>) => void,
): void {
  const startedAtMs = performance.now();
  const publish = (ok: boolean): number => {
    const endedAtMs = performance.now();
    const durationMs = endedAtMs - startedAtMs;
    if (channels.cache.hasSubscribers) {
      const { group, keys, background } = about;
      channels.cache.publish({ type: "load", group, keys, background, durationMs, ok, endedAtMs });
    }
    return durationMs;
  };
  let running: Promise<Output>;
  try {
    // A definition may return any kind of thenable.
    running = Promise.resolve(load());
  } catch (error) {
    running = Promise.reject(error);
  }
  running.then(
    (output) => onEnd({ ok: true, output, loadMs: publish(true) }),
    (error: unknown) => {
      publish(false);
      onEnd({ ok: false, error });
    },
  );
}

/** The result of a run for the one of its values that `pick` returns. */
function resultOf<Output>(run: Run<Output>, pick: (output: Output) => unknown): LoadResult {
  if (!run.ok) return run;
  try {
    return { ok: true, loaded: toLoaded(pick(run.output)), loadMs: run.loadMs };
  } catch (error) {
    return { ok: false, error };
  }
}

/** @throws WeirError CACHE_VALUE_UNDEFINED; TypeError for a value that JSON cannot represent */
function toLoaded(value: unknown): Loaded {
  const copy = copyPlain(value);
  if (copy !== notPlain) {
    let text: string | undefined;
    return { value: copy, json: () => (text ??= JSON.stringify(copy)) };
  }
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new CacheError("CACHE_VALUE_UNDEFINED");
  return { value: deepFreeze(JSON.parse(json)), json: () => json };
}

/**
 * The context of one load. Each load has a signal of its own, so that a listener that is never removed does no harm. The
 * signal is created on first access, as few loads use it.
 */
export function openLoadContext(closing: AbortSignal): { readonly context: LoadContext; readonly close: () => void } {
  let controller: AbortController | undefined;
  let closed = false;
  const abort = (): void => controller?.abort(closing.reason);
  return {
    context: {
      get signal() {
        if (controller === undefined) {
          controller = new AbortController();
          if (closing.aborted) abort();
          else if (!closed) closing.addEventListener("abort", abort, { once: true });
        }
        return controller.signal;
      },
    },
    close: () => {
      closed = true;
      if (controller !== undefined) closing.removeEventListener("abort", abort);
    },
  };
}
