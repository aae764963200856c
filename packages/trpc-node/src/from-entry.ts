import type { EntryRef, LiveEntry } from "@weir/cache";
import { currentScope, type RequestScope } from "@weir/core/scope";

type Source = { readonly procedure: string | null; readonly live: LiveEntry<unknown> };

const entries = new WeakMap<RequestScope, EntryRef<unknown>>();
const sourcesOfValues = new WeakMap<object, Source>();

function remember({ value }: LiveEntry<unknown>, source: Source): void {
  if (typeof value !== "object" || value === null) return;
  // One value, one entry: the first to say so speaks for all later ones.
  if (sourcesOfValues.get(value)?.procedure !== source.procedure) sourcesOfValues.set(value, source);
}

/**
 * Answers a query with one cache entry's value: at once where memory holds it fresh, else with what `read` brings, which
 * reads the same entry and says what its absence means.
 *
 * Later requests of the same URL may then be answered without asking who calls and without running the procedure: from
 * finished bytes, or with the entry's value, untouched. So this is for public procedures that answer with nothing else.
 */
export function fromEntry<Value>(
  entry: EntryRef<Value> | null,
  read: () => Value | Promise<Value>,
): Value | Promise<Value> {
  const scope = currentScope();
  if (entry === null || scope === undefined) return read();
  entries.set(scope.request, entry);
  const live = entry.live();
  if (live === undefined || !live.answers()) return read();
  remember(live, { procedure: scope.procedure, live });
  return live.value;
}

/** The entry that the answer to this request is the value of; undefined when it is of none. */
export function entryOf(request: RequestScope): EntryRef<unknown> | undefined {
  return entries.get(request);
}

/**
 * The entry that this very value came out of when this procedure answered with it; undefined for a value of any other way.
 * For calls that share a request.
 */
export function sourceOfValue(procedure: string, value: unknown): LiveEntry<unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const source = sourcesOfValues.get(value);
  return source?.procedure === procedure ? source.live : undefined;
}
