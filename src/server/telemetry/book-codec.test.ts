import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "@/shared/bytes";
import type { CacheLoadMessage, CacheReadMessage, RpcMessage, SqlMessage } from "../channels";
import { Book } from "./book";
import { encodeBook, mergeEncodedBook } from "./book-codec";
import { origins } from "./series-table";

const everyone = new Set(origins);
const maxSeries = 50;

const origin = fc.constantFrom(...origins);
const name = fc.constantFrom("a", "b", "city.byId", "größe");
const durationMs = fc.double({ min: 0, max: 100_000, noNaN: true });
const rpc: fc.Arbitrary<RpcMessage> = fc
  .record({
    procedure: name,
    type: fc.constant("query" as const),
    durationMs,
    errorCode: fc.constantFrom(null, "NOT_FOUND", "TIMEOUT"),
  })
  .map((message) => ({ ...message, ok: message.errorCode === null }));
const sql: fc.Arbitrary<SqlMessage> = fc.record({
  statement: name,
  text: fc.constant("select 1"),
  waitMs: durationMs,
  durationMs,
  rows: fc.nat(),
  ok: fc.boolean(),
});
const read: fc.Arbitrary<CacheReadMessage> = fc.record({
  type: fc.constant("read" as const),
  group: name,
  outcome: fc.constantFrom("hit", "stale", "negative", "coalesced", "miss", "error", "bypass"),
  tier: fc.constantFrom("l1", "l2", null),
  durationMs,
  loadMs: fc.option(durationMs),
});
const load: fc.Arbitrary<CacheLoadMessage> = fc.record({
  type: fc.constant("load" as const),
  group: name,
  durationMs,
  ok: fc.boolean(),
  keys: fc.nat(),
  background: fc.boolean(),
});
const messages = fc.array(fc.tuple(origin, fc.oneof(rpc, sql, read, load)), { maxLength: 60 });

type Recorded = readonly [(typeof origins)[number], RpcMessage | SqlMessage | CacheReadMessage | CacheLoadMessage];

function bookOf(recorded: readonly Recorded[]): Book {
  const book = new Book(maxSeries);
  for (const [by, message] of recorded) {
    if ("procedure" in message) book.rpc.at(by, message.procedure).record(message);
    else if ("statement" in message) book.sql.at(by, message.statement).record(message);
    else if (message.type === "load") book.cache.at(by, message.group).recordLoad(message);
    else book.cache.at(by, message.group).record(message);
  }
  return book;
}

/** All that a book holds, in a form that can be compared. */
function contents(book: Book): string[] {
  const lines = origins.flatMap((by) =>
    [book.rpc.of(by), book.sql.of(by), book.cache.of(by)].flatMap((byName, table) =>
      [...byName].map(([seriesName, series]) => {
        const writer = new ByteWriter();
        series.write(writer);
        return `${by} ${table} ${seriesName} ${Buffer.from(writer.view()).toString("hex")}`;
      }),
    ),
  );
  return lines.toSorted();
}

describe("an encoded book", () => {
  test("comes back as it was, with its header", () => {
    fc.assert(
      fc.property(messages, fc.maxSafeNat(), fc.nat(), (recorded, writtenAtMs, dropped) => {
        const back = new Book(maxSeries);
        const header = mergeEncodedBook(encodeBook(bookOf(recorded), { writtenAtMs, dropped }), back, everyone);
        expect(header).toEqual({ writtenAtMs, dropped });
        expect(contents(back)).toEqual(contents(bookOf(recorded)));
      }),
    );
  });

  test("merges with another to what recording both gives", () => {
    fc.assert(
      fc.property(messages, messages, (left, right) => {
        const sum = new Book(maxSeries);
        for (const part of [left, right]) {
          mergeEncodedBook(encodeBook(bookOf(part), { writtenAtMs: 1, dropped: 0 }), sum, everyone);
        }
        const direct = bookOf(left);
        direct.merge(bookOf(right));
        expect(contents(sum)).toEqual(contents(direct));
      }),
    );
  });

  test("of a book that was used before holds nothing of that", () => {
    fc.assert(
      fc.property(messages, messages, (earlier, later) => {
        const book = bookOf(earlier);
        book.reset();
        book.merge(bookOf(later));
        const back = new Book(maxSeries);
        mergeEncodedBook(encodeBook(book, { writtenAtMs: 1, dropped: 0 }), back, everyone);
        expect(contents(back)).toEqual(contents(bookOf(later)));
      }),
    );
  });

  test("gives only the origins that are wanted", () => {
    fc.assert(
      fc.property(messages, fc.subarray([...origins]), (recorded, wanted) => {
        const back = new Book(maxSeries);
        mergeEncodedBook(encodeBook(bookOf(recorded), { writtenAtMs: 1, dropped: 0 }), back, new Set(wanted));
        expect(contents(back)).toEqual(contents(bookOf(recorded.filter(([by]) => wanted.includes(by)))));
      }),
    );
  });

  test("is refused, with the target untouched, when any bit of it was changed or its end is missing", () => {
    const blob = encodeBook(
      bookOf([["app", { procedure: "a", type: "query", durationMs: 1, ok: true, errorCode: null }]]),
      {
        writtenAtMs: 1,
        dropped: 0,
      },
    );
    const broken: Buffer[] = Array.from({ length: blob.length * 8 }, (_, bit) => {
      const changed = Buffer.from(blob);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return changed;
    });
    for (let length = 0; length < blob.length; length += 1) broken.push(blob.subarray(0, length));
    for (const one of broken) {
      const target = new Book(maxSeries);
      expect(mergeEncodedBook(one, target, everyone)).toBeNull();
      expect(contents(target)).toEqual([]);
    }
  });

  test("takes a dozen bytes without traffic", () => {
    expect(
      encodeBook(new Book(maxSeries), { writtenAtMs: Date.UTC(2026, 0, 1), dropped: 0 }).length,
    ).toBeLessThanOrEqual(12);
  });
});
