import type { Scope } from "@weir/core/scope";
import type { Definition, LoadContext } from "./types";
import { listeningScope } from "./waiting-scopes";

/** Keys that one `loadMany` is asked for at most. */
const mostKeys = 100;

type Wanted<Key, Value> = {
  readonly key: Key;
  readonly context: LoadContext;
  readonly scope: Scope | undefined;
  readonly resolve: (value: Value | null) => void;
  readonly reject: (error: unknown) => void;
};

async function loadTogether<Key, Value>(
  { load, loadMany }: Definition<Key, Value>,
  wanted: readonly Wanted<Key, Value>[],
): Promise<void> {
  const [first] = wanted;
  if (first === undefined) return;
  try {
    if (wanted.length === 1 || loadMany === undefined) {
      first.resolve(await load(first.key, first.context));
      return;
    }
    const found = await loadMany(
      wanted.map(({ key }) => key),
      first.context,
    );
    // As with getMany: what is absent does not exist.
    for (const { key, resolve } of wanted) resolve(found.has(key) ? (found.get(key) ?? null) : null);
  } catch (error) {
    for (const { reject } of wanted) reject(error);
  }
}

/** Says in the scopes of the loads, each of which holds that load alone, that they are one meanwhile. */
async function tellingAll(wanted: readonly Wanted<unknown, never>[], load: () => Promise<void>): Promise<void> {
  if (wanted.length === 1 || wanted[0]?.scope?.batch !== null) return load();
  const scopes: Scope[] = [];
  const together = { scopes, isInFlight: true, messages: [] };
  for (const { scope } of wanted) {
    if (scope?.batch !== null) continue;
    scope.batch = together;
    scopes.push(scope);
  }
  try {
    await load();
  } finally {
    together.isInFlight = false;
  }
}

/**
 * The definition with a `load` that waits until the event loop has read what else has arrived, and asks `loadMany` once for
 * all keys that were wanted by then: sixty-four readers of sixty-four cities cost one statement and one write on a
 * socket. A key that comes alone is loaded by itself, and so is one that is wanted already: sharing a load is not this one's
 * affair. Keys that are loaded together share a failure, and the scope of the
 * first of them: its deadline, origin and procedure stand for all. A definition without `loadMany` is left as it is.
 *
 * Correct under the fence, because a load that begins later has seen more, not less.
 */
export function gatherLoads<Key, Value>(definition: Definition<Key, Value>): Definition<Key, Value> {
  if (definition.loadMany === undefined) return definition;
  let gathering = new Map<string, Wanted<Key, Value>>();

  function depart(): void {
    const wanted = [...gathering.values()];
    gathering = new Map();
    void tellingAll(wanted, () => loadTogether(definition, wanted));
  }

  return {
    ...definition,
    load: (key, context) => {
      const cacheKey = definition.key(key);
      if (gathering.has(cacheKey)) return definition.load(key, context);
      return new Promise((resolve, reject) => {
        // Runs in the scope of whoever comes first.
        if (gathering.size === 0) setImmediate(depart);
        gathering.set(cacheKey, { key, context, scope: listeningScope(), resolve, reject });
        if (gathering.size >= mostKeys) depart();
      });
    },
  };
}
