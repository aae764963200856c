import type { LiveEntry } from "../cache";
import { currentScope, type RequestScope } from "../scope";

const sources = new WeakMap<RequestScope, LiveEntry<unknown>>();

/**
 * The value of an entry that memory holds fresh, at once and counted as the hit that it is; undefined when there is none.
 *
 * The answer may then be kept as finished bytes and sent again without asking who calls. So this is for public procedures
 * that answer with exactly this value, untouched.
 */
export function fromMemory<Value>(live: LiveEntry<Value> | undefined): Value | undefined {
  if (live === undefined || !live.answers()) return undefined;
  const request = currentScope()?.request;
  if (request !== undefined) sources.set(request, live);
  return live.value;
}

/** The entry whose value was the answer to this request; undefined when it was not one entry's. */
export function sourceOf(request: RequestScope): LiveEntry<unknown> | undefined {
  return sources.get(request);
}
