import type { SentencePart } from "@/admin/insights/contract/verdicts";
import { formatCount, formatDuration, formatShare, readAloud } from "@/ui/format/numbers";

function readPart(part: SentencePart): string {
  if (typeof part === "string") return part;
  if ("count" in part) return formatCount(part.count);
  if ("durationMs" in part) return readAloud(formatDuration(part.durationMs));
  return "ratio" in part ? readAloud(formatShare(part.ratio)) : part.name;
}

/** The sentence with its figures as they are written on this page. */
export function readSentence(parts: readonly SentencePart[]): string {
  return parts.map(readPart).join("");
}
