import type { DeletePrefixOptions, DeletePrefixResult } from "../contract/inspection";
import type { InvalidateOptions } from "../contract/types";
import { markOfGroup, markOfKey, markOfStoredKey } from "../redis/names";
import { isSearchable } from "./redact";
import type { InspectionTools } from "./tools";
import { type NamedEntry, readCursor, showCursor, walkEntries } from "./walk";

const defaults = { maxKeys: 1_000_000, maxMs: 60_000 };
/** Marks per log entry. */
const batchKeys = 500;
/** More single marks would displace those of others and void the whole cache. */
const maxMarks = 10_000;

const heldShape = /^([\w.-]+):v\d+:(.*)$/su;

/**
 * Invalidates every entry whose `group:key` starts with the prefix, on all nodes and in batches, and deletes it from Redis.
 * Finds entries in Redis and in this node's memory; an entry that Redis has evicted and only another node's memory holds is
 * reached by its tag or its group. A prefix that is a whole group (`order.byId:`) is one invalidation of the group. Ends
 * early at its bounds: a call with `nextCursor` continues.
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
      // One batch after the other, so that the log does not burst.
      epoch = (await invalidateMarks({ mode, all: false, marks: batch }))?.epoch ?? null;
      for (const mark of batch) invalidated.add(mark);
    }
  };
  let found: NamedEntry[] = [];
  const remove = async (): Promise<void> => {
    const entries = found;
    found = [];
    if (whole === null) await invalidate(entries.map(({ group, key }) => markOfStoredKey(group, key)));
    await tools.redis.send("UNLINK", (client) => Promise.all(entries.map(({ name }) => client.unlink(name))));
    deleted += entries.length;
    onDeleted?.(deleted);
  };
  const collect = async (entries: readonly NamedEntry[]): Promise<boolean> => {
    found.push(...entries);
    if (found.length >= batchKeys) await remove();
    return invalidated.size < maxMarks;
  };

  const held = whole === null ? marksInMemory(tools, prefix) : [markOfGroup(whole)];
  await invalidate(held.slice(0, maxMarks));
  const walk = { ...tools, ...defaults, ...options, prefix, cursor: readCursor(cursor) };
  const { cursor: next, ...coverage } = await walkEntries(walk, collect);
  if (found.length > 0) await remove();
  const nextCursor = next === "0" && held.length <= maxMarks ? null : showCursor(next);
  return { ...coverage, deleted, epoch, nextCursor };
}

/** The marks of the keys under the prefix in this node's memory. */
function marksInMemory({ l1, fence, groups }: InspectionTools, prefix: string): string[] {
  const marks: string[] = [];
  l1.each((entry) => {
    const [, group, key] = heldShape.exec(entry.id) ?? [];
    if (group === undefined || key === undefined || !`${group}:${key}`.startsWith(prefix)) return;
    const isVoid = fence.judge(entry.marks, entry.checkedEpoch) === "void";
    if (!isVoid && isSearchable(groups, group, prefix)) marks.push(markOfKey(group, key));
  });
  return marks;
}
