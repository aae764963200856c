import type { ProposedIndex, ProposedKey } from "./proposal";

const pageBytes = 8_192;
/** Width that is assumed before the first ANALYZE, and of an expression. */
const unknownBytes = 16;

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Letters of a word yield a trigram each, and two more at its ends; a trigram that is in many rows is stored in brief. */
const bytesPerTrigramEntry = 2;

/**
 * How large an index would about be, in bytes, from the number of rows and the average width of its columns. Good for
 * the order of magnitude: what is filled by chance, and how well equal keys are stored as one, is not known beforehand.
 */
export function estimateIndexBytes({ table, method, keys }: ProposedIndex): number {
  const columnOf = ({ column }: ProposedKey) => (column === null ? undefined : table.columns.get(column));
  const keyBytes = keys.reduce((sum, key) => sum + (columnOf(key)?.averageBytes ?? unknownBytes), 0);
  const rows = Math.max(0, table.rows);
  // Each row has a header of 8 bytes and a pointer of 4; pages are left a tenth empty.
  const rowBytes = aligned(keyBytes) + 8 + 4;
  const used = (): number => {
    if (method === "gin") return rows * (keyBytes + 2) * bytesPerTrigramEntry;
    if (method === "gist") return (rows * (rowBytes + 8)) / 0.7;
    if (method === "hnsw") return rows * (keyBytes + 320);
    const distinct = keys.reduce((product, key) => product * (columnOf(key)?.distinct ?? rows), 1);
    // Rows with equal keys share one, and cost six bytes each beyond it.
    const shared = distinct * rowBytes + rows * 6.5;
    return Math.min(rows * rowBytes, shared) / 0.9;
  };
  return Math.max(1, Math.ceil((used() * 1.01) / pageBytes) + 1) * pageBytes;
}
