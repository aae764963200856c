import type { GroupMetrics, TagFamilyMetrics } from "@/admin/insights/contract/tables";
import type { CacheGroupInspection, CacheTagFamilyInspection } from "@/admin/keys/contract";
import { hitRatio, loadsPer1000Reads, type OutcomeCounts, outcomeNames } from "@weir/core/outcomes";

/** What a group holds, over all of its versions. */
export type GroupContents = {
  definition: CacheGroupInspection["definition"];
  isSensitive: boolean;
  entries: number;
  bytes: number;
  memoryEntries: number;
  memoryBytes: number;
  /** Entries of versions that this program does not read. */
  leftOver: number;
  invalidatedAt: string | null;
};

/** One group: its traffic in the range, and what it holds now. Either may be unknown. */
export type GroupRow = { group: string; metrics: GroupMetrics | null; contents: GroupContents | null };

const laterOf = (a: string | null, b: string | null): string | null =>
  a === null || b === null ? (a ?? b) : Date.parse(a) > Date.parse(b) ? a : b;

function toContents(versions: readonly CacheGroupInspection[]): GroupContents {
  const sum = (of: (version: CacheGroupInspection) => number): number =>
    versions.reduce((total, version) => total + of(version), 0);
  return {
    definition: versions.find(({ definition }) => definition !== null)?.definition ?? null,
    isSensitive: versions.some(({ isSensitive }) => isSensitive),
    entries: sum(({ entries }) => entries),
    bytes: sum(({ bytes }) => bytes),
    memoryEntries: sum(({ memoryEntries }) => memoryEntries),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    leftOver: sum(({ definition, entries }) => (definition === null ? entries : 0)),
    invalidatedAt: versions.reduce<string | null>((latest, version) => laterOf(latest, version.invalidatedAt), null),
  };
}

/** Every group that was read or that holds entries or is defined, most read first. */
export function joinGroups(
  metrics: readonly GroupMetrics[],
  inspected: readonly CacheGroupInspection[] | null,
): GroupRow[] {
  const versions = new Map<string, CacheGroupInspection[]>();
  for (const version of inspected ?? []) {
    versions.set(version.group, [...(versions.get(version.group) ?? []), version]);
  }
  const contentsOf = (group: string): GroupContents | null => {
    const found = versions.get(group);
    return found === undefined ? null : toContents(found);
  };
  const read = new Set(metrics.map(({ group }) => group));
  return [
    ...metrics.map((row) => ({ group: row.group, metrics: row, contents: contentsOf(row.group) })),
    ...[...versions.keys()]
      .filter((group) => !read.has(group))
      .toSorted()
      .map((group) => ({ group, metrics: null, contents: contentsOf(group) })),
  ];
}

/** One family of tags: the reads of entries that have one, and how many entries those are now. */
export type TagRow = {
  family: string;
  metrics: TagFamilyMetrics | null;
  contents: CacheTagFamilyInspection | null;
};

/** Every family that was read or that entries have, most read first. */
export function joinTags(
  metrics: readonly TagFamilyMetrics[],
  inspected: readonly CacheTagFamilyInspection[] | null,
): TagRow[] {
  const contents = new Map((inspected ?? []).map((family) => [family.family, family]));
  const read = new Set(metrics.map(({ family }) => family));
  return [
    ...metrics.map((row) => ({ family: row.family, metrics: row, contents: contents.get(row.family) ?? null })),
    ...[...contents.values()]
      .filter(({ family }) => !read.has(family))
      .map((family) => ({ family: family.family, metrics: null, contents: family })),
  ];
}

/** One tag of a family: entries now, reads in the range; null where unknown. */
export type TagMember = { tag: string; reads: number | null; entries: number | null; invalidatedAt: string | null };

/** The busiest members of a family, most read first, then those with most entries. */
export function membersOf({ metrics, contents }: TagRow): TagMember[] {
  const held = new Map((contents?.busiest ?? []).map((member) => [member.tag, member]));
  const read = metrics?.members ?? [];
  const names = new Set(read.map(({ tag }) => tag));
  return [
    ...read.map(({ tag, reads }) => ({
      tag,
      reads,
      entries: held.get(tag)?.entries ?? null,
      invalidatedAt: held.get(tag)?.invalidatedAt ?? null,
    })),
    ...[...held.values()]
      .filter(({ tag }) => !names.has(tag))
      .map(({ tag, entries, invalidatedAt }) => ({ tag, reads: null, entries, invalidatedAt })),
  ];
}

export type CacheTotals = {
  reads: number;
  outcomes: OutcomeCounts;
  hitRatio: number | null;
  loads: number;
  loadsPer1000Reads: number | null;
};

/** The outcomes and loads of all groups together. */
export function totalsOf(rows: readonly Pick<GroupMetrics, "reads" | "outcomes" | "loads">[]): CacheTotals {
  const outcomes: OutcomeCounts = {
    hitL1: 0,
    hitL2: 0,
    coalesced: 0,
    stale: 0,
    negative: 0,
    miss: 0,
    error: 0,
    bypass: 0,
  };
  let [reads, loads] = [0, 0];
  for (const row of rows) {
    for (const name of outcomeNames) outcomes[name] += row.outcomes[name];
    reads += row.reads;
    loads += row.loads;
  }
  return {
    reads,
    outcomes,
    hitRatio: hitRatio(outcomes),
    loads,
    loadsPer1000Reads: loadsPer1000Reads(loads, outcomes),
  };
}
