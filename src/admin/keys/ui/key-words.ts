import type { CacheKeyInspection, CacheReason, CacheValueHidden } from "@/admin/keys/contract";
import { formatCount } from "@/ui/format/numbers";

/** What a mark is, in words: `tag note:42`, `group note.byId`, `everything`. */
export function describeMark(mark: string | null): string {
  if (mark === null) return "an unknown mark";
  if (mark === "*") return "everything";
  if (mark === "key") return "this key";
  if (mark.startsWith("key:")) return `key ${mark.slice(4)}`;
  return mark.startsWith("group:") ? `group ${mark.slice(6)}` : `tag ${mark}`;
}

/** One reason why an entry is not fresh, as a sentence. */
export function describeReason({ cause, mark, epoch }: CacheReason): string {
  const at = epoch === null ? "" : ` at epoch ${formatCount(epoch)}`;
  switch (cause) {
    case "purged":
      return `A purge of ${describeMark(mark)}${at} came after it was loaded.`;
    case "expired":
      return `An expiry of ${describeMark(mark)}${at} came after it was loaded.`;
    case "age":
      return "It is older than its group allows.";
    case "incarnation":
      return "Redis was restarted or wiped after it was stored, so later invalidations may be lost.";
    case "untrusted":
      return "This node has not heard from the invalidation log for too long to trust its memory.";
  }
}

/** What the next read of this key gets, from where, in one sentence. */
export function describeNextRead({ stored, memory }: Pick<CacheKeyInspection, "stored" | "memory">): string {
  if (memory !== null && memory.state !== "void") {
    return memory.state === "fresh"
      ? "A read on this node is served from its memory."
      : "A read on this node gets the older value from its memory while one reader refreshes it.";
  }
  if (stored !== null && stored.state !== "void") {
    return stored.state === "fresh"
      ? "A read is served from Redis."
      : "A read gets the older value from Redis while one reader refreshes it.";
  }
  return stored === null && memory === null
    ? "No entry exists. The next read loads it from the database."
    : "The entry is not served. The next read loads it from the database.";
}

/** Why there is no value to show. */
export const hiddenWords: Readonly<Record<CacheValueHidden, string>> = {
  notAsked: "The value was not requested.",
  switchedOff: "The value viewer is off. CACHE_VALUE_VIEWER=on switches it on; in production it is off by default.",
  sensitive: "The group is sensitive: its keys and values are never shown.",
  absent: "Redis has no value for this key.",
};
