import type { Definition, Duration } from "../contract/types";
import { markOfGroup, markOfKey, markOfTag } from "../redis/names";

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
  /** How long L1 may serve after trust has ended. */
  readonly graceMs: number;
  readonly isSensitive: boolean;
  /** Marks of the key and its group, which every entry of the key has. */
  impliedMarks: (cacheKey: string) => readonly string[];
  /** Marks that are known before the value is. */
  knownMarks: (key: Key, cacheKey: string) => readonly string[];
  /** Marks of the tags that the definition gives this value. */
  tagMarks: (key: Key, value: Value | null) => readonly string[];
};

/** The part of a plan that does not name the types of its keys and values. */
export type GroupFacts = Omit<Plan<never, never>, "definition" | "tagMarks" | "knownMarks">;

/** @throws RangeError for a name, version or duration that is not valid */
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
    knownMarks: (key, cacheKey) => {
      try {
        return [...impliedMarks(cacheKey), ...tagMarks(key, null)];
      } catch {
        // Tags that require a value are checked when the flight ends.
        return impliedMarks(cacheKey);
      }
    },
    tagMarks,
  };
}

/** Redis refuses lifetimes that its clock cannot represent, and with them everything else of the same request. */
const maxDurationMs = 3_650 * 86_400_000;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Returns the milliseconds of a duration such as `"250ms"`, `"1.5s"` or `"7d"`.
 * @throws RangeError for anything else: negative, without a unit, not a number, longer than ten years
 */
export function parseDuration(text: Duration): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/u.exec(text) ?? [];
  const factor = unitMs[unit ?? ""];
  if (amount === undefined || factor === undefined) {
    throw new RangeError(`Not a duration: ${JSON.stringify(text)}. Write an amount and a unit: "250ms", "10s", "5m".`);
  }
  const ms = Number(amount) * factor;
  if (ms <= maxDurationMs) return ms;
  throw new RangeError(`A duration may be at most 3650d; got ${JSON.stringify(text)}.`);
}
