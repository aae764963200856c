import type { EntryRef, LiveEntry } from "@weir/cache";
import { currentScope, type RequestScope } from "@weir/core/scope";

/** The cache entry that a request's response is the value of, and the error that its absence means. */
export type EntrySource = {
  readonly entry: EntryRef<unknown>;
  readonly absent: (() => Error) | undefined;
};

type ValueSource = { readonly procedure: string | null; readonly live: LiveEntry<unknown> };

const sources = new WeakMap<RequestScope, EntrySource>();
const sourcesOfValues = new WeakMap<object, ValueSource>();

/**
 * Answers a query with one cache entry's value: at once where memory holds it fresh, else with what `read` resolves to,
 * which reads the same entry and throws when it is absent. `absent` makes that error without reading again; pass a function
 * that captures nothing of the request, because it is kept with the URL.
 *
 * Later requests for the same URL may then be answered without creating a context or running the procedure: from finished
 * bytes, with the entry's value, or with the error of `absent`. Use it only in public procedures that return the value
 * unchanged.
 */
export function fromEntry<Value>(
  entry: EntryRef<Value> | null,
  read: () => Value | Promise<Value>,
  absent?: () => Error,
): Value | Promise<Value> {
  const scope = currentScope();
  if (entry === null || scope === undefined) return read();
  sources.set(scope.request, { entry, absent });
  const live = entry.live();
  if (live === undefined || !live.answers()) return read();
  remember(live, { procedure: scope.procedure, live });
  return live.value;
}

function remember({ value }: LiveEntry<unknown>, source: ValueSource): void {
  if (typeof value !== "object" || value === null) return;
  // One value, one entry: later callers would say the same.
  if (sourcesOfValues.get(value)?.procedure !== source.procedure) sourcesOfValues.set(value, source);
}

/** The entry that the response to this request is the value of; undefined when there is none. */
export function sourceOf(request: RequestScope): EntrySource | undefined {
  return sources.get(request);
}

/**
 * The entry that this very value came from when this procedure returned it, else undefined. For calls that share a
 * request.
 */
export function sourceOfValue(procedure: string, value: unknown): LiveEntry<unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const source = sourcesOfValues.get(value);
  return source?.procedure === procedure ? source.live : undefined;
}
