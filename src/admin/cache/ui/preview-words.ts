import { formatCount } from "@/ui/format/numbers";
import type { CachePreview } from "../contract";

const entriesWord = (count: number): string => `${formatCount(count)} ${count === 1 ? "entry" : "entries"}`;

/** The share of one group in all counted entries, 0 to 1. */
export function shareOf({ entries }: CachePreview, ofGroup: number): number {
  return entries === 0 ? 0 : ofGroup / entries;
}

/** The preview in one sentence, and how it was counted. */
export function describePreview(preview: CachePreview): { sentence: string; basis: string } {
  const { entries, isExact, byGroup, coverage } = preview;
  const groups = byGroup.filter((group) => group.entries > 0).length;
  const where = groups === 0 ? "" : groups === 1 ? ` in ${byGroup[0]?.group ?? "one group"}` : ` in ${groups} groups`;
  if (isExact) {
    if (entries === 0) {
      return { sentence: "No stored entries match.", basis: "Exact. Loads in progress are invalidated too." };
    }
    return {
      sentence: `Affects ${entriesWord(entries)}${where}.`,
      basis: "Exact: all stored entries were scanned.",
    };
  }
  const scanned = `${formatCount(coverage.scanned)} of about ${formatCount(coverage.total)} stored keys scanned`;
  return {
    sentence: `Affects about ${entriesWord(entries)}${where}.`,
    basis: `Estimated from a sample: ${scanned}.`,
  };
}
