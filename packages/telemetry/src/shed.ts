import { ByteWriter } from "@weir/core/sketches/bytes";
import type { Origin } from "@weir/core/scope";
import { Book } from "./book";
import { type BlobParts, encodeParts, type NewHeader } from "./book-codec";
import { type Kind, kinds, type SeriesOf } from "./kinds";
import { mergeSeries, origins, otherSeries, type Series, type SeriesTable } from "./series-table";

/** What remains is estimated to take this share of the cap, of the first attempt and of the further ones. */
const targets = [0.9, 0.7, 0.4, 0];

const bytesOf = ({ head, body }: BlobParts): number => head.length + body.length;
const keyOf = (kind: Kind, origin: Origin, name: string): string => `${kind} ${origin} ${name}`;

/** The keys of the series that have to go for the rest to take about `bytes`, those that counted least first. */
function choose(book: Book, bytes: number): Set<string> {
  const writer = new ByteWriter();
  const candidates: { key: string; count: number; bytes: number }[] = [];
  let left = 0;
  for (const kind of kinds) {
    for (const origin of origins) {
      for (const [name, series] of book.tables[kind].of(origin)) {
        if (series.isEmpty) continue;
        writer.clear();
        series.write(writer);
        // Its name, its place in the directory.
        const size = writer.length + name.length + 12;
        left += size;
        if (name !== otherSeries) candidates.push({ key: keyOf(kind, origin, name), count: series.count, bytes: size });
      }
    }
  }
  candidates.sort((a, b) => a.count - b.count || (a.key < b.key ? -1 : 1));
  const chosen = new Set<string>();
  for (const { key, bytes: size } of candidates) {
    if (left <= bytes) break;
    chosen.add(key);
    left -= size;
  }
  return chosen;
}

function copyTable<Item extends Series>(
  source: SeriesTable<Item>,
  target: SeriesTable<Item>,
  isShed: (origin: Origin, name: string) => boolean,
): void {
  for (const origin of origins) {
    for (const [name, series] of source.of(origin)) {
      if (!series.isEmpty) mergeSeries(target.at(origin, isShed(origin, name) ? otherSeries : name), series);
    }
  }
}

type Tables = Book["tables"];

function copyKind<K extends Kind>(
  from: Pick<Tables, K>,
  into: Pick<Tables, K>,
  kind: K,
  isShed: (key: string) => boolean,
): void {
  copyTable<SeriesOf[K]>(from[kind], into[kind], (origin, name) => isShed(keyOf(kind, origin, name)));
}

/**
 * The blob of a book in at most `maxBytes`: as many of the series that counted least as need be are counted under
 * "(other)" of their kind, which `capped` tells. Nothing that was counted is lost unless even that is too much, and then
 * all of it is said to be dropped. The book stays as it is.
 */
export function encodeWithin(book: Book, header: NewHeader, maxBytes: number): BlobParts {
  const whole = encodeParts(book, header);
  if (bytesOf(whole) <= maxBytes) return whole;
  for (const target of targets) {
    const shed = choose(book, target * maxBytes);
    const rest = new Book(Number.MAX_SAFE_INTEGER);
    rest.recorded = book.recorded;
    for (const kind of kinds) copyKind(book.tables, rest.tables, kind, (key) => shed.has(key));
    const parts = encodeParts(rest, header);
    if (bytesOf(parts) <= maxBytes) return parts;
  }
  const { recorded, dropped } = whole.header;
  return encodeParts(new Book(0), { ...header, recorded: 0, dropped: dropped + recorded });
}
