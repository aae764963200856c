import type { Cache } from "../contract/types";

/**
 * Loads again what every fresh entry of this node's memory holds, and compares. Call it after each mutation of a test,
 * while no write runs; the cache needs the option `verify: 0`.
 * @throws Error that names each entry which differs from the database, with both values and the mutation before it
 */
export async function expectCacheMatchesDatabase(cache: Pick<Cache<never, never>, "verify">): Promise<void> {
  const mismatches = await cache.verify();
  if (mismatches.length === 0) return;
  const lines = mismatches.map(({ group, key, cached, loaded, lastMutation }) => {
    const touched = lastMutation === null ? "none ran" : lastMutation.tags.join(", ") || "nothing";
    return `  ${group} ${key}: cached ${cached}, the database says ${loaded}. The last mutation touched: ${touched}.`;
  });
  throw new Error(`The cache serves ${mismatches.length} values that have changed:\n${lines.join("\n")}`);
}

/**
 * Checks that a definition's `key` tells apart any two inputs that differ in a field. A field that the key leaves out makes
 * the answer to one input be served for another. `one` and `other` differ in every field; name fields that do not change
 * the answer in `except`.
 * @throws Error that names the fields which the key leaves out; TypeError when the two inputs agree in a field
 */
export function expectKeyCoversInput<Input extends object>(
  key: (input: Input) => string,
  one: Required<Input>,
  other: Required<Input>,
  { except = [] }: { except?: readonly (keyof Input)[] } = {},
): void {
  const fields = (Object.keys(one) as (keyof Input)[]).filter((field) => !except.includes(field));
  const same = fields.filter((field) => JSON.stringify(one[field]) === JSON.stringify(other[field]));
  if (same.length > 0)
    throw new TypeError(`The two inputs agree in ${same.join(", ")}. They must differ in every field.`);
  const missing = fields.filter((field) => key(one) === key({ ...one, [field]: other[field] }));
  if (missing.length > 0) {
    throw new Error(`The key omits ${missing.join(", ")}: inputs that differ there share one entry.`);
  }
}
