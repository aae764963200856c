import type { Coverage, InvalidationPreview, PreviewOptions } from "../contract/inspection";
import type { InvalidateTarget } from "../contract/types";
import { marksOfTarget, storable } from "../redis/names";
import { marksOfEntry, readMarkSnapshot, statusOfStored } from "./status";
import type { InspectionTools } from "./tools";
import { type NamedEntry, readHeaders, walkEntries } from "./walk";

const defaults = { maxKeys: 100_000, maxMs: 2000 };

/** The servable entries among these that have one of the marks; all servable entries when `marks` is null. */
async function affected(
  { redis, keys }: InspectionTools,
  entries: readonly NamedEntry[],
  marks: ReadonlySet<string> | null,
): Promise<NamedEntry[]> {
  const headers = await readHeaders(
    redis,
    entries.map(({ name }) => name),
  );
  const marked = entries.flatMap((entry, index) => {
    const header = headers[index];
    if (!header) return [];
    const entryMarks = marksOfEntry(entry, header);
    return marks === null || entryMarks.some((mark) => marks.has(mark)) ? [{ entry, header, entryMarks }] : [];
  });
  if (marked.length === 0) return [];
  const snapshot = await readMarkSnapshot(redis, keys, new Set(marked.flatMap(({ entryMarks }) => entryMarks)));
  return marked
    .filter(({ header, entryMarks }) => statusOfStored(header, entryMarks, snapshot).state !== "void")
    .map(({ entry }) => entry);
}

/** The entries of a target that names only keys of groups defined here; null for any other target. */
function namedBy({ keys: names, groups }: InspectionTools, target: InvalidateTarget): NamedEntry[] | null {
  const { tags = [], keys = [], groups: wanted = [], all = false } = target;
  if (all || tags.length > 0 || wanted.length > 0) return null;
  const entries = new Map<string, NamedEntry>();
  for (const { group, key } of keys) {
    const facts = groups.get(group);
    if (facts === undefined) return null;
    const name = names.entry(group, facts.version, key);
    entries.set(name, { name, group, version: facts.version, key: storable(key) });
  }
  return [...entries.values()];
}

/** The longest prefix that all entries of the target share. */
function prefixOf({ tags = [], keys = [], groups = [], all = false }: InvalidateTarget): string {
  const [group] = groups;
  return all || tags.length > 0 || keys.length > 0 || groups.length !== 1 || group === undefined ? "" : `${group}:`;
}

/**
 * Counts what invalidating this target would affect, without doing it. Keys of groups that are defined here are looked up
 * in their current version. Redis has no list of a tag's entries, so everything else is counted by scanning entries and
 * reading their tags, within the bounds. Entries that exist only in a node's memory are not counted.
 * @throws WeirError CACHE_UNAVAILABLE; the signal's reason when it is aborted
 */
export async function previewInvalidation(
  tools: InspectionTools,
  target: InvalidateTarget,
  { maxKeys = defaults.maxKeys, maxMs = defaults.maxMs, signal, onProgress }: PreviewOptions = {},
): Promise<InvalidationPreview> {
  const counts = new Map<string, number>();
  const count = (entries: readonly NamedEntry[]): void => {
    for (const { group } of entries) counts.set(group, (counts.get(group) ?? 0) + 1);
  };
  const marks = new Set(marksOfTarget(target));
  const named = target.all !== true && marks.size === 0 ? [] : namedBy(tools, target);
  let coverage = { scanned: named?.length ?? 0, total: named?.length ?? 0, isComplete: true };
  if (named === null) {
    const walk = { ...tools, prefix: prefixOf(target), maxKeys, maxMs, signal, onProgress };
    coverage = await walkEntries(walk, async (entries) => {
      count(await affected(tools, entries, target.all === true ? null : marks));
    });
  } else if (named.length > 0) {
    count(await affected(tools, named, null));
  }
  return toPreview(counts, coverage);
}

function toPreview(counts: ReadonlyMap<string, number>, coverage: Coverage): InvalidationPreview {
  const byGroup = [...counts].map(([group, entries]) => ({ group, entries }));
  const entries = byGroup.reduce((sum, one) => sum + one.entries, 0);
  const { scanned, total, isComplete } = coverage;
  const estimate = isComplete || scanned === 0 ? entries : Math.round((entries * total) / scanned);
  return {
    entries,
    estimate,
    isExact: isComplete,
    byGroup: byGroup.toSorted((a, b) => b.entries - a.entries || (a.group < b.group ? -1 : 1)),
    scanned,
    total,
    isComplete,
  };
}

/**
 * Counts what `deletePrefix` would delete, without doing it: every entry in Redis whose `group:key` starts with the prefix,
 * void ones included.
 * @throws WeirError CACHE_UNAVAILABLE; the signal's reason when it is aborted
 */
export async function previewPrefix(
  tools: InspectionTools,
  prefix: string,
  { maxKeys = defaults.maxKeys, maxMs = defaults.maxMs, signal, onProgress }: PreviewOptions = {},
): Promise<InvalidationPreview> {
  const counts = new Map<string, number>();
  const coverage = await walkEntries({ ...tools, prefix, maxKeys, maxMs, signal, onProgress }, (entries) => {
    for (const { group } of entries) counts.set(group, (counts.get(group) ?? 0) + 1);
    return Promise.resolve();
  });
  return toPreview(counts, coverage);
}
