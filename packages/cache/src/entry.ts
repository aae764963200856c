export type Encoding = "plain" | "deflate";

/** A value as Redis holds it: a line that says when it is valid, then the value. Times are ms of the server. */
export type StoredEntry = {
  /** Tells this entry from any other that the key ever had; `stampLength` letters. */
  readonly stamp: string;
  readonly incarnation: string;
  /** The clock before the load began. */
  readonly epoch: number;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  /** How long the load took. */
  readonly loadMs: number;
  readonly encoding: Encoding;
  /** Of its tags; those of key and group are implied. */
  readonly marks: readonly string[];
  /** JSON; deflated and in base64 where the encoding says so. */
  readonly body: string;
};

const format = 2;
export const stampLength = 24;
/** Where the stamp lies in the text; scripts look there. */
export const stampFrom = `[${format},"`.length;

/** The stamp of what is stored: empty for nothing, `*` for what is no entry. */
export function stampIn(text: string | null | undefined): string {
  if (typeof text !== "string") return "";
  return decodeEntry(text)?.stamp ?? "*";
}

export function encodeEntry(entry: StoredEntry): string {
  const { stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks, body } = entry;
  const header = [format, stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks];
  return `${JSON.stringify(header)}\n${body}`;
}

/** Null for anything that `encodeEntry` did not write: such an entry is a miss, never a failure. */
export function decodeEntry(text: string): StoredEntry | null {
  const end = text.indexOf("\n");
  if (end < 0) return null;
  const header = decodeHeader(text.slice(0, end));
  if (header === null) return null;
  const { stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks } = header;
  const body = text.slice(end + 1);
  return { stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks, body };
}

/** What an entry's first line says; null for anything that `encodeEntry` did not write. */
export function decodeHeader(line: string): Omit<StoredEntry, "body"> | null {
  const header = parseJson(line);
  if (!Array.isArray(header) || header.length !== 9 || header[0] !== format) return null;
  const [, stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks]: unknown[] = header;
  if (typeof stamp !== "string" || typeof incarnation !== "string" || typeof epoch !== "number") return null;
  if (typeof freshUntilMs !== "number" || typeof usableUntilMs !== "number" || typeof loadMs !== "number") return null;
  if ((encoding !== "plain" && encoding !== "deflate") || !isTexts(marks)) return null;
  return { stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks };
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
