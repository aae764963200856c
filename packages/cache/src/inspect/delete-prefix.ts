import { markOfGroup, markOfKey, markOfStoredKey } from "../names";
import type { InvalidateOptions } from "../types";
import type { InspectionTools } from "./tools";
import type { DeletePrefixOptions, DeletePrefixResult } from "./types";
import { mayBeFound } from "./veil";
import { type NamedEntry, readCursor, showCursor, walkEntries } from "./walk";

const defaults = { mostKeys: 1_000_000, withinMs: 60_000 };
/** Marks of one entry of the log. */
const batchKeys = 500;
/** More single marks would push out those of others and void the whole cache. */
const mostMarks = 10_000;

const heldShape = /^([\w.-]+):v\d+:(.*)$/su;

/**
 * Invalidates every entry whose `group:key` begins with the prefix, on all nodes and in batches, and removes it from
 * Redis. Finds what Redis and this node's memory hold; what only another node's memory still holds, because Redis has
 * evicted it, takes a tag or the group. A prefix that is a whole group (`city.byId:`) is one invalidation of the group.
 * Ends early at its bounds: a call with `nextCursor` goes on.
 */
export async function deletePrefix(
  tools: InspectionTools,
  prefix: string,
  { onDeleted, mode = "purge", cursor, ...options }: DeletePrefixOptions & Pick<InvalidateOptions, "mode"> = {},
): Promise<DeletePrefixResult> {
  const { invalidateMarks } = tools;
  const whole = /^[\w.-]{1,100}:$/u.test(prefix) ? prefix.slice(0, -1) : null;
  const invalidated = new Set<string>();
  let deleted = 0;
  let epoch: number | null = null;

  const invalidate = async (marks: readonly string[]): Promise<void> => {
    const fresh = marks.filter((mark) => !invalidated.has(mark));
    for (let from = 0; from < fresh.length; from += batchKeys) {
      options.signal?.throwIfAborted();
      const batch = fresh.slice(from, from + batchKeys);
      // One batch after the other is the point: the log must not burst.
      epoch = (await invalidateMarks({ mode, all: false, marks: batch }))?.epoch ?? null;
      for (const mark of batch) invalidated.add(mark);
    }
  };
  let found: NamedEntry[] = [];
  const remove = async (): Promise<void> => {
    const entries = found;
    found = [];
    if (whole === null) await invalidate(entries.map(({ group, key }) => markOfStoredKey(group, key)));
    await tools.redis.ask("UNLINK", (client) => Promise.all(entries.map(({ name }) => client.unlink(name))));
    deleted += entries.length;
    onDeleted?.(deleted);
  };
  const gather = async (entries: readonly NamedEntry[]): Promise<boolean> => {
    found.push(...entries);
    if (found.length >= batchKeys) await remove();
    return invalidated.size < mostMarks;
  };

  const held = whole === null ? marksHeld(tools, prefix) : [markOfGroup(whole)];
  await invalidate(held.slice(0, mostMarks));
  const walk = { ...tools, ...defaults, ...options, prefix, cursor: readCursor(cursor) };
  const { cursor: next, ...coverage } = await walkEntries(walk, gather);
  if (found.length > 0) await remove();
  const nextCursor = next === "0" && held.length <= mostMarks ? null : showCursor(next);
  return { ...coverage, deleted, epoch, nextCursor };
}

/** The marks of the keys that this node's memory holds under the prefix. */
function marksHeld({ l1, fence, groups }: InspectionTools, prefix: string): string[] {
  const marks: string[] = [];
  l1.each((id, entry) => {
    const [, group, key] = heldShape.exec(id) ?? [];
    if (group === undefined || key === undefined || !`${group}:${key}`.startsWith(prefix)) return;
    const isVoid = fence.judge(entry.marks, entry.checkedEpoch) === "void";
    if (!isVoid && mayBeFound(groups, group, prefix)) marks.push(markOfKey(group, key));
  });
  return marks;
}
