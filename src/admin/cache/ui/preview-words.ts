import type { CachePreview } from "../contract";
import { formatCount } from "@/ui/format/numbers";

const entriesWord = (count: number): string => `${formatCount(count)} ${count === 1 ? "entry" : "entries"}`;

/** The share of one group's entries in all that were counted, 0 to 1. */
export function shareOf({ entries }: CachePreview, ofGroup: number): number {
  return entries === 0 ? 0 : ofGroup / entries;
}

/** The preview in a sentence, and what it rests on. */
export function inWords(preview: CachePreview): { sentence: string; basis: string } {
  const { entries, isExact, byGroup, coverage } = preview;
  const groups = byGroup.filter((group) => group.entries > 0).length;
  const where = groups === 0 ? "" : groups === 1 ? ` in ${byGroup[0]?.group ?? "one group"}` : ` in ${groups} groups`;
  if (isExact) {
    if (entries === 0) {
      return { sentence: "No stored entry would be hit.", basis: "Exact. What is being loaded now is hit as well." };
    }
    return {
      sentence: `${entriesWord(entries)}${where} would be hit.`,
      basis: "Exact: all stored entries were looked at.",
    };
  }
  const scanned = `${formatCount(coverage.scanned)} of about ${formatCount(coverage.total)} stored keys were looked at`;
  return {
    sentence: `About ${entriesWord(entries)}${where} would be hit.`,
    basis: `Sampled, and spread over the rest: ${scanned}.`,
  };
}
