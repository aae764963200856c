import type { Answer } from "./node";

/** The result of one contender in one scenario. */
export type Verdict =
  | { kind: "right"; seen: string }
  | { kind: "wrong"; seen: string }
  /** A required feature is missing; nothing was judged. */
  | { kind: "absent"; seen: string };

export const right = (seen: string): Verdict => ({ kind: "right", seen });
export const wrong = (seen: string): Verdict => ({ kind: "wrong", seen });
export const absent = (seen: string): Verdict => ({ kind: "absent", seen });

/** What a reader got, in a word. */
export function textOf({ value, error }: Answer): string {
  if (error !== null) return error.startsWith("no answer") ? error : `error (${error.slice(0, 80)})`;
  if (typeof value !== "object" || value === null) return String(value);
  // Each version of the app stores the text in its own field.
  const { text, name } = value as { text?: string; name?: string };
  return text ?? name ?? JSON.stringify(value).slice(0, 80);
}

/** Right when every reader got this text; otherwise lists what each reader got. */
export function allRead(expected: string, answers: Readonly<Record<string, Answer>>, note = ""): Verdict {
  const readersOf = new Map<string, string[]>();
  for (const [who, answer] of Object.entries(answers)) {
    const text = textOf(answer);
    if (text !== expected) readersOf.set(text, [...(readersOf.get(text) ?? []), who]);
  }
  if (readersOf.size === 0) return right(expected + note);
  const all = Object.keys(answers).length;
  const list = [...readersOf].map(
    ([text, who]) => `${text} ${who.length === all && all > 1 ? "everywhere" : who.join(", ")}`,
  );
  return wrong(list.join("; ") + note);
}

const marks = { right: "right", wrong: "WRONG", absent: "–" } as const;

/** One cell of the table. */
export function describeVerdict({ kind, seen }: Verdict): string {
  return kind === "right" ? marks.right : kind === "absent" ? `${marks.absent} ${seen}` : `${marks.wrong}: ${seen}`;
}
