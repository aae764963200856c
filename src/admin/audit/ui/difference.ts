import type { AuditFacts } from "../contract";

/** One fact that an act changed; `before` or `after` is null where there was no such fact. */
export type Change = { name: string; before: string | null; after: string | null };

type Value = AuditFacts[string];

/** A value as one reads it: words without quotes, a list by its members. */
function inWords(value: Value): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "(none)";
  if (value === "") return "(empty)";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** `isDisabled` as `is disabled`. */
const nameOf = (key: string): string => key.replaceAll(/(?<=[a-z\d])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/**
 * What differs between the facts before and after, in their order. What is the same on both sides is left out. Null
 * stands for no facts at all: of what came into being every fact is new.
 */
export function differences(before: AuditFacts | null, after: AuditFacts | null): Change[] {
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...keys].flatMap((key) => {
    const was = before?.[key];
    const is = after?.[key];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [
      {
        name: nameOf(key),
        before: was === undefined ? null : inWords(was),
        after: is === undefined ? null : inWords(is),
      },
    ];
  });
}
