import { marksOfTarget, storable } from "../names";
import type { InvalidateTarget } from "../types";
import type { InspectionTools } from "./tools";
import { judgeStanding, marksOfEntry, readMoment } from "./standing";
import { readHeaders } from "./stored-header";
import type { InvalidationPreview, PreviewOptions } from "./types";
import { type NamedEntry, walkEntries } from "./walk";

const defaults = { mostKeys: 100_000, withinMs: 2000 };

/** Of these entries those that may be served now and bear one of the marks; with null all that may be served. */
async function touched(
  { redis, keys }: InspectionTools,
  entries: readonly NamedEntry[],
  marks: ReadonlySet<string> | null,
): Promise<NamedEntry[]> {
  const headers = await readHeaders(
    redis,
    entries.map(({ name }) => name),
  );
  const bearing = entries.flatMap((entry, index) => {
    const header = headers[index];
    if (!header) return [];
    const bears = marksOfEntry(entry, header);
    return marks === null || bears.some((mark) => marks.has(mark)) ? [{ entry, header, bears }] : [];
  });
  if (bearing.length === 0) return [];
  const moment = await readMoment(redis, keys, new Set(bearing.flatMap(({ bears }) => bears)));
  return bearing
    .filter(({ header, bears }) => judgeStanding(header, bears, moment).state !== "void")
    .map(({ entry }) => entry);
}

/** The entries of single keys; null when the target asks for more than keys of groups that are defined here. */
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

/** The longest beginning that all entries of the target share. */
function prefixOf({ tags = [], keys = [], groups = [], all = false }: InvalidateTarget): string {
  const [group] = groups;
  return all || tags.length > 0 || keys.length > 0 || groups.length !== 1 || group === undefined ? "" : `${group}:`;
}

/**
 * Counts what an invalidation of this target would hit, without doing it. Keys of groups that are defined here are
 * looked up, in their present version. As nothing lists the entries of a tag, everything else is counted by walking
 * through the entries and reading their tags, within the budget. What only a node's memory holds is not counted.
 * @throws WeirError CACHE_UNAVAILABLE; the signal's reason when it is aborted
 */
export async function previewInvalidation(
  tools: InspectionTools,
  target: InvalidateTarget,
  { mostKeys = defaults.mostKeys, withinMs = defaults.withinMs, signal, onProgress }: PreviewOptions = {},
): Promise<InvalidationPreview> {
  const counts = new Map<string, number>();
  const count = (entries: readonly NamedEntry[]): void => {
    for (const { group } of entries) counts.set(group, (counts.get(group) ?? 0) + 1);
  };
  const marks = new Set(marksOfTarget(target));
  const named = target.all !== true && marks.size === 0 ? [] : namedBy(tools, target);
  let coverage = { scanned: named?.length ?? 0, total: named?.length ?? 0, isComplete: true };
  if (named === null) {
    const walk = { ...tools, prefix: prefixOf(target), mostKeys, withinMs, signal, onProgress };
    coverage = await walkEntries(walk, async (entries) => {
      count(await touched(tools, entries, target.all === true ? null : marks));
    });
  } else if (named.length > 0) {
    count(await touched(tools, named, null));
  }
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
