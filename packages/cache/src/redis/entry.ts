import { deflateRaw, inflateRaw, inflateRawSync } from "node:zlib";

export type Encoding = "plain" | "deflate";

/** A value as Redis holds it: a header line, then the value. Times are server ms. */
export type StoredEntry = {
  /** Unique among all entries that the key ever had; `stampLength` characters. */
  readonly stamp: string;
  readonly incarnation: string;
  /** The clock's epoch before the load began. */
  readonly epoch: number;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  /** Duration of the load. */
  readonly loadMs: number;
  readonly encoding: Encoding;
  /** Marks of the tags; those of key and group are implied. */
  readonly marks: readonly string[];
  /** JSON; deflated and base64-encoded if the encoding is `deflate`. */
  readonly body: string;
};

const format = 2;
export const stampLength = 24;
/** Offset of the stamp in the text, for the scripts. */
export const stampFrom = `[${format},"`.length;

/** The stamp of a stored text: empty for nothing, `*` for a text that is no entry. */
export function stampIn(text: string | null | undefined): string {
  if (typeof text !== "string") return "";
  return decodeEntry(text)?.stamp ?? "*";
}

export function encodeEntry(entry: StoredEntry): string {
  const { stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks, body } = entry;
  const header = [format, stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks];
  return `${JSON.stringify(header)}\n${body}`;
}

/** Returns null for anything that `encodeEntry` did not write: a miss, never a failure. */
export function decodeEntry(text: string): StoredEntry | null {
  const end = text.indexOf("\n");
  if (end < 0) return null;
  const header = decodeHeader(text.slice(0, end));
  if (header === null) return null;
  const { stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks } = header;
  const body = text.slice(end + 1);
  return { stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks, body };
}

/** Parses an entry's header line; null for anything that `encodeEntry` did not write. */
export function decodeHeader(line: string): Omit<StoredEntry, "body"> | null {
  const header = parseJson(line);
  if (!Array.isArray(header) || header.length !== 9 || header[0] !== format) return null;
  const [, stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks]: unknown[] = header;
  if (typeof stamp !== "string" || typeof incarnation !== "string" || typeof epoch !== "number") return null;
  if (typeof freshUntilMs !== "number" || typeof usableUntilMs !== "number" || typeof loadMs !== "number") return null;
  if ((encoding !== "plain" && encoding !== "deflate") || !isTexts(marks)) return null;
  return { stamp, incarnation, epoch, freshUntilMs, usableUntilMs, loadMs, encoding, marks };
}

/** Returns undefined for text that is not JSON; JSON itself has no undefined. */
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

/** A value's JSON as an entry stores it. */
export type Body = Pick<StoredEntry, "encoding" | "body">;

/** Shorter bodies are inflated synchronously: handing them to the thread pool takes longer than the work itself. */
const maxSyncInflateLength = 32 * 1024;
/** Level 1 compresses almost as well as the others, and several times faster. */
const level = 1;

/** Calls `packed` synchronously for JSON up to `maxPlainLength` characters, else when the thread pool has compressed it. */
export function packBody(json: string, maxPlainLength: number, packed: (body: Body) => void): void {
  if (json.length <= maxPlainLength) {
    packed({ encoding: "plain", body: json });
    return;
  }
  deflateRaw(json, { level }, (error, deflated) => {
    const body = error === null ? deflated.toString("base64") : json;
    if (body.length < json.length) packed({ encoding: "deflate", body });
    else packed({ encoding: "plain", body: json });
  });
}

/** True when `openBody` needs the thread pool. */
export const isLarge = ({ encoding, body }: Body): boolean =>
  encoding === "deflate" && body.length > maxSyncInflateLength;

/** The JSON of a body that is not large; undefined when it is corrupt. */
export function openBodyNow({ encoding, body }: Body): string | undefined {
  if (encoding === "plain") return body;
  try {
    return inflateRawSync(Buffer.from(body, "base64")).toString();
  } catch {
    return undefined;
  }
}

/** The JSON of a body; undefined when it is corrupt. */
export function openBody(given: Body): Promise<string | undefined> {
  if (!isLarge(given)) return Promise.resolve(openBodyNow(given));
  return new Promise((resolve) => {
    inflateRaw(Buffer.from(given.body, "base64"), (error, json) =>
      resolve(error === null ? json.toString() : undefined),
    );
  });
}
