import { createHash } from "node:crypto";
import type { Definition } from "../contract/types";

/** A schema that can describe itself, as zod's can. */
type SelfDescribing = { readonly toJSONSchema?: (options: { unrepresentable: "any" }) => unknown };

function describeSchema(schema: Definition<never, unknown>["schema"]): string {
  if (schema === undefined) return "";
  try {
    // Any object with `safeParse` is a schema; only some describe themselves.
    return JSON.stringify((schema as SelfDescribing).toJSONSchema?.({ unrepresentable: "any" }) ?? null);
  } catch {
    return "";
  }
}

/** Bundlers number names that would collide, and break lines as they like. */
const normalise = (source: string): string => source.replaceAll(/\s+/g, " ").replaceAll(/([a-z_$])\d+\b/gi, "$1");

/**
 * A number from 0 to 999 999 that follows the source text of a definition's functions and the shape of its schema. What
 * these functions call is not part of it: a statement that changed elsewhere leaves it as it was.
 */
export function fingerprintOf<Key, Value>({ key, tags, load, loadMany, schema }: Definition<Key, Value>): number {
  const sources = [key, tags, load, loadMany].map((part) => (part === undefined ? "" : normalise(part.toString())));
  const digest = createHash("sha256")
    .update([...sources, describeSchema(schema)].join("\n"))
    .digest();
  return digest.readUInt32BE(0) % 1_000_000;
}
