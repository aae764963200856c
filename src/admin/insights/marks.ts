import { withTimeout } from "@weir/core/deadlines";
import { memoize } from "@weir/core/memoize";
import type { AuditEntry, AuditListInput, AuditPage } from "@/admin/audit/contract/entries";
import type { InsightMark } from "./contract/overview";

export type ListActs = (input: AuditListInput) => Promise<AuditPage>;

const maxMarks = 100;
const keepMs = 1_000;
/** Metrics do not wait longer than this for the markers, because Postgres may be the problem. */
const timeoutMs = 500;

const named = (word: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${word}${names.length === 1 ? "" : "s"} ${names.join(", ")}`];

/** An invalidation or a deletion by prefix from the audit log as a chart marker. */
export function toMark({ id, at, action, actor, after }: AuditEntry): InsightMark {
  const list = (name: string): string[] => {
    const value = after?.[name];
    return Array.isArray(value) ? value : [];
  };
  const mode = after?.["mode"] === "expire" ? "expire" : "purge";
  const base = { id, at, kind: "invalidation", mode, by: actor.label } as const;
  const prefix = after?.["prefix"];
  if (action === "cache.deletePrefix" && typeof prefix === "string") {
    return { ...base, target: `keys ${prefix}…`, groups: [prefix.slice(0, prefix.indexOf(":"))] };
  }
  const groups = list("groups");
  const parts = [...named("group", groups), ...named("tag", list("tags")), ...named("key", list("keys"))];
  return {
    ...base,
    target: after?.["all"] === true || parts.length === 0 ? "everything" : parts.join(" and "),
    groups,
  };
}

/**
 * Reads the newest invalidations from the audit log, newest first, at most once a second for any number of callers.
 * Null when they cannot be read in time; never rejects.
 */
export function createMarks(listActs: ListActs, now: () => number): () => Promise<InsightMark[] | null> {
  const read = async (): Promise<InsightMark[] | null> => {
    try {
      const pages = await withTimeout(
        Promise.all([
          listActs({ action: "cache.invalidate", limit: maxMarks }),
          listActs({ action: "cache.deletePrefix", limit: maxMarks }),
        ]),
        timeoutMs,
      );
      return pages
        .flatMap(({ entries }) => entries.map(toMark))
        .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
        .slice(0, maxMarks);
    } catch {
      return null;
    }
  };
  const remembered = memoize(read, { keyOf: () => "all", keepMs: () => keepMs, now });
  return () => remembered(undefined);
}
