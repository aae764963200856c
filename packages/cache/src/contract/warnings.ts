import type { InvalidationMode } from "./types";

/** A write through `mutate` on this node, as far as a mismatch report names it. */
export type MutationTrace = {
  /** The procedure that ran it; null outside any. */
  readonly procedure: string | null;
  /** What it touched; empty when it touched nothing. */
  readonly tags: readonly string[];
  readonly mode: InvalidationMode;
  /** Between its commit and the report, in ms. */
  readonly agoMs: number;
};

/** An entry that differs from its source although nothing has invalidated it. */
export type Mismatch = {
  readonly group: string;
  /** Hashed for a sensitive group. */
  readonly key: string;
  /** Since the entry was loaded or read from Redis, in ms. */
  readonly ageMs: number;
  /** Both as JSON, cut at 500 characters; null for a sensitive group. */
  readonly cached: string | null;
  readonly loaded: string | null;
  /** The last mutation of this node before the report; null when there was none. */
  readonly lastMutation: MutationTrace | null;
};

/** A mistake in how the cache is used. */
export type CacheWarning =
  /** A mutation committed without touching a tag, so nothing was invalidated. */
  | { readonly code: "MUTATION_TOUCHED_NOTHING"; readonly procedure: string | null }
  /** No definition uses the family of an invalidated tag: most likely it is misspelt. */
  | { readonly code: "TAG_UNKNOWN"; readonly tag: string; readonly families: readonly string[] }
  /** A definition's load, tags, key or schema changed while its version did not: entries of the old one are still served. */
  | { readonly code: "DEFINITION_CHANGED"; readonly group: string; readonly version: number }
  /** A sampled hit differed from its source. */
  | ({ readonly code: "ENTRY_MISMATCH" } & Mismatch);

/** The warning as a sentence, with its fix. */
export function describeWarning(warning: CacheWarning): string {
  switch (warning.code) {
    case "MUTATION_TOUCHED_NOTHING":
      return `A mutation${by(warning.procedure)} touched no tag, so readers keep the old values. Call touched.row(before, after), or touched.tags() without arguments if nothing cached depends on the write.`;
    case "TAG_UNKNOWN":
      return `No definition uses the tag ${warning.tag}. Known families: ${warning.families.join(", ")}.`;
    case "DEFINITION_CHANGED":
      return `The definition of ${warning.group} changed, but its version is still ${warning.version}: entries of the old one are served until they expire. Raise the version.`;
    case "ENTRY_MISMATCH":
      return `${warning.group} served ${warning.key}, ${Math.round(warning.ageMs)} ms old, though its source has changed. ${afterMutation(warning.lastMutation)}`;
  }
}

const by = (procedure: string | null): string => (procedure === null ? "" : ` of ${procedure}`);

function afterMutation(mutation: MutationTrace | null): string {
  if (mutation === null)
    return "This node has run no mutation: the row was changed by another writer that does not invalidate.";
  const touched = mutation.tags.length === 0 ? "no tag" : mutation.tags.join(", ");
  return `The last mutation here${by(mutation.procedure)}, ${Math.round(mutation.agoMs)} ms ago, touched ${touched}.`;
}
