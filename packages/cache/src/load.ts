import { deepFreeze } from "./freeze";
import { openLoadContext } from "./load-context";
import { publishingLoad, type Run } from "./outcome";
import { copyPlain, notPlain } from "./plain";
import type { Plan } from "./plan";
import { CacheError } from "./errors";

/** A loaded value as it will be shared: what JSON makes of it, frozen, so that each tier and caller sees the same. */
export type Loaded = {
  readonly value: unknown;
  /** Its JSON, which is made when it is first asked for: where nothing is stored, nobody asks. */
  readonly json: () => string;
};
export type LoadResult =
  | { readonly ok: true; readonly loaded: Loaded; readonly loadMs: number }
  | { readonly ok: false; readonly error: unknown };

export type LoadOptions = {
  /** Ends when the cache is closed. */
  closing: AbortSignal;
  /** True for a refresh. */
  background: boolean;
};

const mostLoadsTogether = 8;

/** @throws WeirError CACHE_VALUE_UNDEFINED; TypeError for what JSON cannot express */
function settleValue(value: unknown): Loaded {
  const copy = copyPlain(value);
  if (copy !== notPlain) {
    let text: string | undefined;
    return { value: copy, json: () => (text ??= JSON.stringify(copy)) };
  }
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new CacheError("CACHE_VALUE_UNDEFINED");
  return { value: deepFreeze(JSON.parse(json)), json: () => json };
}

/** The result of a run for the one of its values that `pick` takes. */
function settle<Answer>(run: Run<Answer>, pick: (answer: Answer) => unknown): LoadResult {
  if (!run.ok) return run;
  try {
    return { ok: true, loaded: settleValue(pick(run.answer)), loadMs: run.loadMs };
  } catch (error) {
    return { ok: false, error };
  }
}

const itself = (answer: unknown): unknown => answer;

/** Loads one key and publishes the run. Calls `ended`, which must not throw, later. */
export function loadKey<Key, Value>(
  { definition, group }: Plan<Key, Value>,
  key: Key,
  { closing, background }: LoadOptions,
  ended: (result: LoadResult) => void,
): void {
  const { context, close } = openLoadContext(closing);
  publishingLoad(
    { group, keys: 1, background },
    () => definition.load(key, context),
    (run) => {
      close();
      ended(settle(run, itself));
    },
  );
}

/**
 * Loads the keys of these items and calls `ended`, which must not throw, for each of them later. With `loadMany`, more
 * than one are loaded by it together and share its failure; without, at most eight loads run at a time. Publishes each run.
 */
export function loadKeys<Key, Value, Item extends { readonly key: Key }>(
  plan: Plan<Key, Value>,
  items: readonly Item[],
  options: LoadOptions,
  ended: (item: Item, result: LoadResult) => void,
): void {
  const { group, definition } = plan;
  const { loadMany } = definition;
  if (items.length > 1 && loadMany !== undefined) {
    const { context, close } = openLoadContext(options.closing);
    publishingLoad(
      { group, keys: items.length, background: options.background },
      () =>
        loadMany(
          items.map(({ key }) => key),
          context,
        ),
      (run) => {
        close();
        for (const item of items) {
          ended(
            item,
            settle(run, (found) => (found.has(item.key) ? found.get(item.key) : null)),
          );
        }
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
      ended(item, result);
      loadNext();
    });
  };
  for (let started = 0; started < mostLoadsTogether; started += 1) loadNext();
}
