import { once } from "node:events";
import type { Connection } from "./connection";
import { toDatabaseError } from "./failure";

/** A value of a COPY column. */
export type CopyValue = string | number | null;

/** Runs a `COPY … FROM STDIN` (text format) with these rows and resolves with their number. */
export type CopyIn = (text: string, rows: Iterable<readonly CopyValue[]>) => Promise<number>;

const escapes: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function copyField(value: CopyValue): string {
  if (value === null) return "\\N";
  if (typeof value === "number") return String(value);
  return value.replaceAll(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
}

/**
 * One row in the text format of COPY, line end included
 * (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"). A string must not contain U+0000, which
 * Postgres cannot store.
 */
function copyLine(values: readonly CopyValue[]): string {
  return `${values.map(copyField).join("\t")}\n`;
}

const chunkCharacters = 64 * 1024;

function* chunksOf(rows: Iterable<readonly CopyValue[]>): Generator<{ text: string; rowCount: number }> {
  let text = "";
  let rowCount = 0;
  for (const row of rows) {
    text += copyLine(row);
    rowCount += 1;
    if (text.length < chunkCharacters) continue;
    yield { text, rowCount };
    text = "";
    rowCount = 0;
  }
  if (rowCount > 0) yield { text, rowCount };
}

async function pour(stream: NodeJS.WritableStream, rows: Iterable<readonly CopyValue[]>): Promise<number> {
  let written = 0;
  for (const chunk of chunksOf(rows)) {
    if (!stream.write(chunk.text)) await once(stream, "drain");
    written += chunk.rowCount;
  }
  const finished = once(stream, "finish");
  stream.end();
  await finished;
  return written;
}

/**
 * Rejects when the server refuses the data, when `rows` throws, or when the connection is lost; the connection is then
 * discarded, and with it the transaction.
 */
export async function copyIn(
  connection: Connection,
  text: string,
  rows: Iterable<readonly CopyValue[]>,
): Promise<number> {
  const { stream, failed } = await connection.openCopy(text);
  try {
    return await Promise.race([pour(stream, rows), failed, connection.lost]);
  } catch (error) {
    connection.discard();
    throw toDatabaseError(error);
  }
}
