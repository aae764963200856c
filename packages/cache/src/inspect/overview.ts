import { createSpaceSaving, type SpaceSaving } from "@weir/core/sketches/space-saving";
import type { GroupSummaries, GroupSummary, ScanOptions, TagFamilySummary, TagSummaries } from "../contract/inspection";
import { parseLogged } from "../invalidation/log";
import { familyOf, type KeyNames, markOfGroup, markOfTag } from "../redis/names";
import { isRedacted } from "./redact";
import { countMemory } from "./status";
import type { InspectionRedis, InspectionTools } from "./tools";
import { readHeaders, walkEntries, weigh } from "./walk";

const defaults = { maxKeys: 20_000, maxMs: 1000 };
/** Entries of each group and version whose memory is measured. */
const maxWeighed = 100;

type Counted = { group: string; version: number; entries: number; weighed: number; bytes: number };

/** Definition and contents of each group. Counts of Redis are extrapolated from what was scanned. */
export async function summarizeGroups(tools: InspectionTools, options: ScanOptions = {}): Promise<GroupSummaries> {
  const { redis, keys, groups } = tools;
  const counted = new Map<string, Counted>();
  const countFor = (group: string, version: number): Counted => {
    const name = `${group}:v${version}`;
    const known = counted.get(name) ?? { group, version, entries: 0, weighed: 0, bytes: 0 };
    counted.set(name, known);
    return known;
  };
  const memory = countMemory(tools);
  for (const { group, version } of groups.values()) countFor(group, version);
  const recent = await readRecent(redis, keys);
  const coverage = await walkEntries({ ...tools, ...defaults, prefix: "", ...options }, async (entries) => {
    const toWeigh: { name: string; count: Counted }[] = [];
    for (const { group, version, name } of entries) {
      const count = countFor(group, version);
      count.entries += 1;
      if (count.weighed >= maxWeighed) continue;
      count.weighed += 1;
      toWeigh.push({ name, count });
    }
    const weights = await weigh(
      redis,
      toWeigh.map(({ name }) => name),
    );
    for (const [index, { count }] of toWeigh.entries()) count.bytes += weights[index] ?? 0;
  });
  const { scanned, total, isComplete } = coverage;
  const factor = isComplete || scanned === 0 ? 1 : total / scanned;

  const toSummary = ({ group, version, entries, weighed, bytes }: Counted): GroupSummary => {
    const facts = groups.get(group);
    const here = memory.get(`${group}:v${version}`);
    const estimate = Math.round(entries * factor);
    return {
      group,
      version,
      definition:
        facts?.version !== version
          ? null
          : { freshMs: facts.freshMs, staleMs: facts.staleMs, negativeMs: facts.negativeMs, serveForMs: facts.graceMs },
      isSensitive: facts?.isSensitive ?? false,
      entries: estimate,
      bytes: weighed === 0 ? 0 : Math.round((bytes / weighed) * estimate),
      memoryEntries: here?.entries ?? 0,
      memoryBytes: here?.bytes ?? 0,
      invalidatedAtMs: recent.lastOf(markOfGroup(group)),
    };
  };
  const summaries = [...counted.values()].map(toSummary);
  return {
    groups: summaries.toSorted((a, b) => (a.group === b.group ? b.version - a.version : a.group < b.group ? -1 : 1)),
    isExact: isComplete,
    scanned,
    total,
    isComplete,
  };
}

const sizes = { families: 200, countersPerFamily: 512, busiest: 10 } as const;
const others = "(other)";

type Family = { entries: number; members: SpaceSaving };

/** The tag of a mark; null for marks of keys and groups. */
const tagOf = (mark: string): string | null => (mark.startsWith("t:") ? mark.slice(2) : null);

/** The tags of the entries, by family. Redis has no list of them, so this scans entries within its bounds. */
export async function summarizeTags(tools: InspectionTools, options: ScanOptions = {}): Promise<TagSummaries> {
  const { redis, keys, groups } = tools;
  const families = new Map<string, Family>();
  const at = (name: string): Family => {
    const known = families.get(name) ?? (families.size >= sizes.families ? families.get(others) : undefined);
    if (known !== undefined) return known;
    const family = { entries: 0, members: createSpaceSaving(sizes.countersPerFamily) };
    families.set(families.size >= sizes.families ? others : name, family);
    return family;
  };
  const recent = await readRecent(redis, keys);
  const { scanned, total, isComplete } = await walkEntries(
    { ...tools, ...defaults, prefix: "", ...options },
    async (entries) => {
      const headers = await readHeaders(
        redis,
        entries.map(({ name }) => name),
      );
      for (const [index, { group }] of entries.entries()) {
        const isHidden = isRedacted(groups, group);
        for (const mark of headers[index]?.marks ?? []) {
          const tag = tagOf(mark);
          if (tag === null) continue;
          const family = at(familyOf(tag));
          family.entries += 1;
          if (!isHidden) family.members.add(tag, 1);
        }
      }
    },
  );
  const factor = isComplete || scanned === 0 ? 1 : total / scanned;
  const invalidated = invalidationsByFamily(recent);
  const toSummary = ([family, { entries, members }]: [string, Family]): TagFamilySummary => ({
    family,
    entries: Math.round(entries * factor),
    invalidations: invalidated.get(family)?.count ?? 0,
    invalidatedAtMs: invalidated.get(family)?.lastMs ?? null,
    busiest: members
      .top(sizes.busiest)
      .map(({ name, count, error }) => ({
        tag: name,
        entries: count - error,
        invalidatedAtMs: recent.lastOf(markOfTag(name)),
      }))
      .toSorted((a, b) => b.entries - a.entries),
  });
  return {
    families: [...families].map(toSummary).toSorted((a, b) => b.entries - a.entries || (a.family < b.family ? -1 : 1)),
    isExact: isComplete,
    scanned,
    total,
    isComplete,
  };
}

function invalidationsByFamily({ counts, lastOf }: Recent): Map<string, { count: number; lastMs: number | null }> {
  const families = new Map<string, { count: number; lastMs: number | null }>();
  for (const [mark, count] of counts) {
    const tag = tagOf(mark);
    if (tag === null) continue;
    const known = families.get(familyOf(tag));
    const lastMs = Math.max(known?.lastMs ?? 0, lastOf(mark) ?? 0);
    families.set(familyOf(tag), { count: (known?.count ?? 0) + count, lastMs });
  }
  return families;
}

/** The latest invalidations that the log still holds. */
export type Recent = {
  /** When this mark, or everything, was last invalidated, in server ms; null when the log does not reach that far. */
  lastOf: (mark: string) => number | null;
  /** How often each mark was invalidated by name. */
  readonly counts: ReadonlyMap<string, number>;
};

const maxEntries = 2000;

async function readRecent(redis: InspectionRedis, keys: KeyNames): Promise<Recent> {
  const entries = await redis.send("XREVRANGE", (client) => client.xrevrange(keys.log, "+", "-", "COUNT", maxEntries));
  const last = new Map<string, number>();
  const counts = new Map<string, number>();
  let lastAll: number | null = null;
  for (const entry of entries) {
    const logged = parseLogged(entry);
    if (logged === null) continue;
    // Ids of a stream begin with the server's time.
    const atMs = Number.parseInt(logged.id, 10);
    if (logged.invalidation.all) lastAll ??= atMs;
    for (const mark of logged.invalidation.marks) {
      if (!last.has(mark)) last.set(mark, atMs);
      counts.set(mark, (counts.get(mark) ?? 0) + 1);
    }
  }
  return {
    counts,
    lastOf: (mark) => {
      const atMs = last.get(mark);
      return atMs === undefined ? lastAll : Math.max(atMs, lastAll ?? 0);
    },
  };
}
