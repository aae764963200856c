import { markOfGroup } from "../names";
import { countMemory } from "./memory";
import { readRecent } from "./recent";
import type { InspectionTools } from "./tools";
import type { GroupLook, GroupsLook, LookOptions } from "./types";
import { walkEntries } from "./walk";

const defaults = { mostKeys: 20_000, withinMs: 1000 };
/** Of each group and version so many are weighed. */
const mostWeighed = 100;

type Counted = { group: string; version: number; entries: number; weighed: number; bytes: number };

/** What each group is and holds; counts of Redis are estimates from what was scanned. */
export async function lookAtGroups(tools: InspectionTools, options: LookOptions = {}): Promise<GroupsLook> {
  const { redis, keys, groups } = tools;
  const counted = new Map<string, Counted>();
  const countOf = (group: string, version: number): Counted => {
    const name = `${group}:v${version}`;
    const known = counted.get(name) ?? { group, version, entries: 0, weighed: 0, bytes: 0 };
    counted.set(name, known);
    return known;
  };
  const memory = countMemory(tools);
  for (const { group, version } of groups.values()) countOf(group, version);
  const recent = await readRecent(redis, keys);
  const coverage = await walkEntries({ ...tools, ...defaults, prefix: "", ...options }, async (entries) => {
    const toWeigh: { name: string; count: Counted }[] = [];
    for (const { group, version, name } of entries) {
      const count = countOf(group, version);
      count.entries += 1;
      if (count.weighed >= mostWeighed) continue;
      count.weighed += 1;
      toWeigh.push({ name, count });
    }
    const weights = await weigh(
      tools,
      toWeigh.map(({ name }) => name),
    );
    for (const [index, { count }] of toWeigh.entries()) count.bytes += weights[index] ?? 0;
  });
  const { scanned, total, isComplete } = coverage;
  const spread = isComplete || scanned === 0 ? 1 : total / scanned;

  const toLook = ({ group, version, entries, weighed, bytes }: Counted): GroupLook => {
    const facts = groups.get(group);
    const here = memory.get(`${group}:v${version}`);
    const estimate = Math.round(entries * spread);
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
  const looks = [...counted.values()].map(toLook);
  return {
    groups: looks.toSorted((a, b) => (a.group === b.group ? b.version - a.version : a.group < b.group ? -1 : 1)),
    isExact: isComplete,
    scanned,
    total,
    isComplete,
  };
}

/** Bytes that these keys take in Redis; 0 for one that is gone. */
export function weigh({ redis }: InspectionTools, names: readonly string[]): Promise<(number | null)[]> {
  if (names.length === 0) return Promise.resolve([]);
  return redis.ask("MEMORY USAGE", (client) => Promise.all(names.map((name) => client.memory("USAGE", name))));
}
