import type { Scope } from "@weir/core/scope";
import type { Json } from "../contract/json";
import type { Definition, LoadContext } from "../contract/types";
import { listeningScope } from "../redis/connection";

/** Keys per `loadMany` call at most. */
const maxKeys = 100;

type Wanted<Key, Value> = {
  readonly key: Key;
  readonly context: LoadContext;
  readonly scope: Scope | undefined;
  readonly resolve: (value: (Value & Json<Value>) | null) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Returns the definition with a `load` that waits until the event loop has read what else has arrived, and then calls
 * `loadMany` once for all keys wanted by then: sixty-four readers of sixty-four keys cost one statement and one write to a
 * socket. A single key is loaded by `load`, and so is a key that is already in the batch: sharing one load is the job of
 * single flight. Keys of one batch share a failure, and the scope of the first: its deadline, origin and procedure apply to
 * all. A definition without `loadMany` is returned unchanged.
 *
 * Correct under the fence, because a load that begins later sees more, never less.
 */
export function batchLoads<Key, Value>(definition: Definition<Key, Value>): Definition<Key, Value> {
  if (definition.loadMany === undefined) return definition;
  let batch = new Map<string, Wanted<Key, Value>>();

  function send(): void {
    const wanted = [...batch.values()];
    batch = new Map();
    void inSharedScope(wanted, () => loadTogether(definition, wanted));
  }

  return {
    ...definition,
    load: (key, context) => {
      const cacheKey = definition.key(key);
      if (batch.has(cacheKey)) return definition.load(key, context);
      return new Promise((resolve, reject) => {
        // Runs in the scope of the first.
        if (batch.size === 0) setImmediate(send);
        batch.set(cacheKey, { key, context, scope: listeningScope(), resolve, reject });
        if (batch.size >= maxKeys) send();
      });
    },
  };
}

/** Links the scopes of the loads, each of which contains that load only, while they run as one. */
async function inSharedScope(
  wanted: readonly Pick<Wanted<unknown, never>, "scope">[],
  load: () => Promise<void>,
): Promise<void> {
  if (wanted.length === 1 || wanted[0]?.scope?.batch !== null) return load();
  const scopes: Scope[] = [];
  const batch = { scopes, isInFlight: true, messages: [] };
  for (const { scope } of wanted) {
    if (scope?.batch !== null) continue;
    scope.batch = batch;
    scopes.push(scope);
  }
  try {
    await load();
  } finally {
    batch.isInFlight = false;
  }
}

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
    // As with getMany, an absent key does not exist.
    for (const { key, resolve } of wanted) resolve(found.has(key) ? (found.get(key) ?? null) : null);
  } catch (error) {
    for (const { reject } of wanted) reject(error);
  }
}
