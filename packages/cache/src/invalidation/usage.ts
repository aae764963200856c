import { currentScope } from "@weir/core/scope";
import type { CacheWarning } from "../contract/warnings";

/** Detects mistakes that would leave old values in the cache. */
export type UsageChecks = {
  /** Declares the tag families of one feature. */
  declare: (families: readonly string[]) => void;
  /** From now on tags may be of any family: a definition exists whose families are not declared. */
  allowAnyTag: () => void;
  onTags: (tags: readonly string[]) => void;
  onNothingTouched: () => void;
};

/** More places than a program has; tags generated at run time must not fill the memory. */
const maxReported = 1_000;

/** Reports each warning once per place. */
export function reportOnce(report: (warning: CacheWarning) => void): (warning: CacheWarning) => void {
  const reported = new Set<string>();
  return (warning) => {
    const place = placeOf(warning);
    if (reported.has(place)) return;
    if (reported.size >= maxReported) reported.clear();
    reported.add(place);
    report(warning);
  };
}

function placeOf(warning: CacheWarning): string {
  switch (warning.code) {
    case "MUTATION_TOUCHED_NOTHING":
      return `${warning.code} ${warning.procedure}`;
    case "TAG_UNKNOWN":
      return `${warning.code} ${familyOfTag(warning.tag)}`;
    case "DEFINITION_CHANGED":
      return `${warning.code} ${warning.group}`;
    case "ENTRY_MISMATCH":
      return `${warning.code} ${warning.group} ${warning.key}`;
  }
}

function familyOfTag(tag: string): string {
  const colon = tag.indexOf(":");
  return colon < 0 ? tag : tag.slice(0, colon);
}

export function createUsageChecks(report: (warning: CacheWarning) => void): UsageChecks {
  const declared = new Set<string>();
  let takesAny = false;
  return {
    declare: (families) => {
      for (const family of families) declared.add(family);
    },
    allowAnyTag: () => {
      takesAny = true;
    },
    onTags: (tags) => {
      if (takesAny || declared.size === 0) return;
      for (const tag of tags) {
        if (!declared.has(familyOfTag(tag))) {
          report({ code: "TAG_UNKNOWN", tag, families: [...declared].toSorted() });
        }
      }
    },
    onNothingTouched: () => report({ code: "MUTATION_TOUCHED_NOTHING", procedure: currentScope()?.procedure ?? null }),
  };
}
