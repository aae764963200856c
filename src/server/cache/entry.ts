/** A value as Redis holds it: a line that says when it is valid, then the value as JSON. Times are ms of the server. */
export type StoredEntry = {
  readonly incarnation: string;
  /** The clock before the load began. */
  readonly epoch: number;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  /** Of its tags; those of key and group are implied. */
  readonly marks: readonly string[];
  readonly json: string;
};

const format = 1;

export function encodeEntry({ incarnation, epoch, freshUntilMs, usableUntilMs, marks, json }: StoredEntry): string {
  return `${JSON.stringify([format, incarnation, epoch, freshUntilMs, usableUntilMs, marks])}\n${json}`;
}

/** Null for anything that `encodeEntry` did not write: such an entry is a miss, never a failure. */
export function decodeEntry(text: string): StoredEntry | null {
  const end = text.indexOf("\n");
  if (end < 0) return null;
  const header = parseJson(text.slice(0, end));
  if (!Array.isArray(header) || header.length !== 6 || header[0] !== format) return null;
  const [, incarnation, epoch, freshUntilMs, usableUntilMs, marks]: unknown[] = header;
  if (typeof incarnation !== "string" || typeof epoch !== "number") return null;
  if (typeof freshUntilMs !== "number" || typeof usableUntilMs !== "number" || !isTexts(marks)) return null;
  return { incarnation, epoch, freshUntilMs, usableUntilMs, marks, json: text.slice(end + 1) };
}

/** Undefined for what is not JSON; JSON itself has no undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
