import type { AuditFacts } from "../contract/entries";

/** One changed field; `before` or `after` is null if the field did not exist. */
export type Change = { name: string; before: string | null; after: string | null };

type Value = AuditFacts[string];

/** A value for display: text without quotes, lists joined by commas. */
function formatValue(value: Value): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "(none)";
  if (value === "") return "(empty)";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** `isDisabled` as `is disabled`. */
const nameOf = (key: string): string => key.replaceAll(/(?<=[a-z\d])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/**
 * The fields that differ between before and after, in their order. Null means that nothing existed: on creation every
 * field is new.
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
        before: was === undefined ? null : formatValue(was),
        after: is === undefined ? null : formatValue(is),
      },
    ];
  });
}
