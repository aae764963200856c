import { parseDuration } from "./duration";
import { markOfGroup, markOfKey, markOfTag } from "./names";
import type { Definition } from "./types";

/** A definition with everything parsed that does not depend on the key. */
export type Plan<Key, Value> = {
  readonly definition: Definition<Key, Value>;
  readonly group: string;
  readonly version: number;
  readonly idPrefix: string;
  readonly freshMs: number;
  readonly staleMs: number;
  /** Null: "does not exist" is not remembered. */
  readonly negativeMs: number | null;
  /** How long L1 may answer after trust has ended. */
  readonly graceMs: number;
  readonly isSensitive: boolean;
  /** Marks of the key and its group, which every entry of it has. */
  impliedMarks: (cacheKey: string) => readonly string[];
  /** The marks that are certain before the value is known. */
  certainMarks: (key: Key, cacheKey: string) => readonly string[];
  /** Marks of the tags that the definition gives this value. */
  tagMarks: (key: Key, value: Value | null) => readonly string[];
};

/** What can be said of a group without naming the types of its keys and values. */
export type GroupFacts = Omit<Plan<never, never>, "definition" | "tagMarks" | "certainMarks">;

/** @throws RangeError for a name, version or duration that cannot be used */
export function planOf<Key, Value>(definition: Definition<Key, Value>): Plan<Key, Value> {
  const { name, version, freshFor, staleFor, negativeFor, outage = "strict" } = definition;
  if (!/^[\w.-]{1,100}$/u.test(name)) {
    throw new RangeError(`Not a group name: ${JSON.stringify(name)}. Use letters, digits, dots, dashes, underscores.`);
  }
  if (!Number.isSafeInteger(version) || version < 0) throw new RangeError(`Not a version of ${name}: ${version}.`);
  const groupMark = markOfGroup(name);
  const impliedMarks = (cacheKey: string): readonly string[] => [groupMark, markOfKey(name, cacheKey)];
  const tagMarks = (key: Key, value: Value | null): readonly string[] => definition.tags(key, value).map(markOfTag);
  return {
    definition,
    group: name,
    version,
    idPrefix: `${name}:v${version}:`,
    freshMs: parseDuration(freshFor),
    staleMs: staleFor === undefined ? 0 : parseDuration(staleFor),
    negativeMs: negativeFor === undefined ? null : parseDuration(negativeFor),
    graceMs: outage === "strict" ? 0 : parseDuration(outage.serveFor),
    isSensitive: definition.isSensitive === true,
    impliedMarks,
    certainMarks: (key, cacheKey) => {
      try {
        return [...impliedMarks(cacheKey), ...tagMarks(key, null)];
      } catch {
        // Tags that cannot do without a value are checked when the flight has landed.
        return impliedMarks(cacheKey);
      }
    },
    tagMarks,
  };
}
