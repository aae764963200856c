import { createSpaceSaving, type SpaceSaving } from "@weir/core/sketches/space-saving";
import { markOfTag } from "../names";
import { readRecent, type Recent } from "./recent";
import { readHeaders } from "./stored-header";
import type { InspectionTools } from "./tools";
import type { LookOptions, TagFamilyLook, TagsLook } from "./types";
import { familyOf, isVeiled } from "./veil";
import { walkEntries } from "./walk";

const defaults = { mostKeys: 20_000, withinMs: 1000 };
const sizes = { families: 200, countersPerFamily: 512, busiest: 10 } as const;
const others = "(other)";

type Family = { entries: number; members: SpaceSaving };

/** The tag of a mark; null for marks of keys and groups. */
const tagOf = (mark: string): string | null => (mark.startsWith("t:") ? mark.slice(2) : null);

/** Which tags the entries bear, by family. Nothing lists them, so this reads entries within its bounds. */
export async function lookAtTags(tools: InspectionTools, options: LookOptions = {}): Promise<TagsLook> {
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
        const isHidden = isVeiled(groups, group);
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
  const spread = isComplete || scanned === 0 ? 1 : total / scanned;
  const invalidated = invalidationsByFamily(recent);
  const toLook = ([family, { entries, members }]: [string, Family]): TagFamilyLook => ({
    family,
    entries: Math.round(entries * spread),
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
    families: [...families].map(toLook).toSorted((a, b) => b.entries - a.entries || (a.family < b.family ? -1 : 1)),
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
