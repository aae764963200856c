import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "@weir/core/sketches/bytes";
import type { Origin } from "@weir/core/scope";
import {
  countSnapshot,
  encodeSnapshot,
  encodeSummary,
  encodeParts,
  mergeEncodedSnapshot,
  noCounts,
  readHead,
} from "./snapshot-codec";
import { MetricSnapshot } from "./snapshot";
import { createSeries, type Kind, kinds } from "../series/kinds";
import { type AnySeries, everySeries, readSeries, seriesNames } from "./single-series";
import { eventsOf } from "../series/test-messages";
import { origins } from "../series/series-table";
import { encodeWithin } from "./merge-snapshots";

const everyone = new Set(origins);
const maxSeries = 50;

const origin = fc.constantFrom(...origins);
const name = fc.constantFrom("a", "b", "note.byId", "größe");

type Recorded = { by: Origin; kind: Kind; name: string; into: (snapshot: MetricSnapshot) => void };

/** An event for a series of a kind. */
function recordedOf<K extends Kind>(kind: K, events: (typeof eventsOf)[K]): fc.Arbitrary<Recorded> {
  return fc
    .tuple(origin, name, events)
    .map(([by, of, event]) => ({ by, kind, name: of, into: (snapshot) => event(snapshot.tables[kind].at(by, of)) }));
}
const messages = fc.array(fc.oneof(...kinds.map((kind) => recordedOf(kind, eventsOf[kind]))), { maxLength: 60 });

function bookOf(recorded: readonly Recorded[]): MetricSnapshot {
  const snapshot = new MetricSnapshot(maxSeries);
  for (const { into } of recorded) into(snapshot);
  return snapshot;
}

function bytesOf(series: AnySeries): string {
  const writer = new ByteWriter();
  series.write(writer);
  return Buffer.from(writer.view()).toString("hex");
}

/** Everything a snapshot holds, in a comparable form. */
function contents(snapshot: MetricSnapshot): string[] {
  const lines: string[] = [];
  for (const kind of kinds) {
    for (const by of origins) {
      for (const [seriesName, series] of snapshot.tables[kind].of(by)) {
        if (!series.isEmpty) lines.push(`${by} ${kind} ${seriesName} ${bytesOf(series)}`);
      }
    }
  }
  return lines.toSorted();
}

describe("an encoded snapshot", () => {
  test("survives a round trip with its header", () => {
    fc.assert(
      fc.property(messages, fc.maxSafeNat(), fc.nat(), (recorded, writtenAtMs, dropped) => {
        const back = new MetricSnapshot(maxSeries);
        const header = mergeEncodedSnapshot(encodeSnapshot(bookOf(recorded), { writtenAtMs, dropped }), back, {
          origins: everyone,
        });
        expect(header).toMatchObject({ writtenAtMs, dropped, reports: 1, state: null, nodes: [] });
        expect(contents(back)).toEqual(contents(bookOf(recorded)));
      }),
    );
  });

  test("merging two equals recording both", () => {
    fc.assert(
      fc.property(messages, messages, (left, right) => {
        const sum = new MetricSnapshot(maxSeries);
        for (const part of [left, right]) {
          mergeEncodedSnapshot(encodeSnapshot(bookOf(part), { writtenAtMs: 1, dropped: 0 }), sum, {
            origins: everyone,
          });
        }
        const direct = bookOf(left);
        direct.merge(bookOf(right));
        expect(contents(sum)).toEqual(contents(direct));
      }),
    );
  });

  test("of a reused snapshot holds nothing from before", () => {
    fc.assert(
      fc.property(messages, messages, (earlier, later) => {
        const snapshot = bookOf(earlier);
        snapshot.reset();
        snapshot.merge(bookOf(later));
        const back = new MetricSnapshot(maxSeries);
        mergeEncodedSnapshot(encodeSnapshot(snapshot, { writtenAtMs: 1, dropped: 0 }), back, { origins: everyone });
        expect(contents(back)).toEqual(contents(bookOf(later)));
      }),
    );
  });

  test("yields only the requested origins", () => {
    fc.assert(
      fc.property(messages, fc.subarray([...origins]), (recorded, wanted) => {
        const back = new MetricSnapshot(maxSeries);
        mergeEncodedSnapshot(encodeSnapshot(bookOf(recorded), { writtenAtMs: 1, dropped: 0 }), back, {
          origins: new Set(wanted),
        });
        expect(contents(back)).toEqual(contents(bookOf(recorded.filter(({ by }) => wanted.includes(by)))));
      }),
    );
  });

  test("is rejected without touching the target when any bit is flipped or the end is missing", () => {
    const snapshot = new MetricSnapshot(maxSeries);
    snapshot.tables.rpc
      .at("app", "a")
      .record({ procedure: "a", type: "query", durationMs: 1, ok: true, errorCode: null });
    snapshot.tables.job.at("job", "b").record({ job: "b", waitMs: 1, runMs: 1, ok: true });
    const blob = encodeSnapshot(snapshot, { writtenAtMs: 1, dropped: 0 });
    const broken: Buffer[] = Array.from({ length: blob.length * 8 }, (_, bit) => {
      const changed = Buffer.from(blob);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return changed;
    });
    for (let length = 0; length < blob.length; length += 1) broken.push(blob.subarray(0, length));
    for (const one of broken) {
      const target = new MetricSnapshot(maxSeries);
      expect(mergeEncodedSnapshot(one, target, { origins: everyone })).toBeNull();
      expect(contents(target)).toEqual([]);
    }
  });

  test("takes about thirty bytes without traffic", () => {
    expect(
      encodeSnapshot(new MetricSnapshot(maxSeries), { writtenAtMs: Date.UTC(2026, 0, 1), dropped: 0 }).length,
    ).toBeLessThanOrEqual(32);
  });

  test("has the same bytes regardless of the order of its series", () => {
    fc.assert(
      fc.property(messages, (recorded) => {
        const keyOf = ({ by, kind, name: of }: Recorded): string => `${by} ${kind} ${of}`;
        // Events of one series keep their order.
        const forwards = recorded.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
        const backwards = recorded.toSorted((a, b) => keyOf(b).localeCompare(keyOf(a)));
        const header = { writtenAtMs: 1, dropped: 0 };
        expect(encodeSnapshot(bookOf(forwards), header)).toEqual(encodeSnapshot(bookOf(backwards), header));
      }),
    );
  });

  test("has totals per origin, also in its summary", () => {
    fc.assert(
      fc.property(messages, (recorded) => {
        const snapshot = bookOf(recorded);
        const parts = encodeParts(snapshot, { writtenAtMs: 1, dropped: 3 });
        for (const bytes of [parts.head, encodeSummary(parts, null)]) {
          const head = readHead(bytes);
          expect(head?.header.dropped).toBe(3);
          for (const by of origins) {
            expect(head?.counts.get(by) ?? noCounts()).toEqual(countSnapshot(snapshot, by));
          }
        }
      }),
    );
  });

  test("yields all series of a kind, merged, of the requested origins", () => {
    fc.assert(
      fc.property(messages, fc.constantFrom(...kinds), fc.constantFrom(...origins), (recorded, kind, by) => {
        const blob = encodeSnapshot(bookOf(recorded), { writtenAtMs: 1, dropped: 0 });
        const found: (AnySeries | null)[] = [null];
        readSeries(blob, [{ kind, name: everySeries }], { origins: new Set([by]) }, found);
        const own = recorded.filter((message) => message.kind === kind && message.by === by);
        const counts = [...bookOf(own).tables[kind].of(by).values()].map(({ count }) => count);
        expect(found[0]?.count ?? 0).toBe(counts.reduce((sum, count) => sum + count, 0));
      }),
    );
  });

  test("yields single series without decoding the others", () => {
    fc.assert(
      fc.property(
        messages,
        fc.array(fc.record({ kind: fc.constantFrom(...kinds), name }), { maxLength: 5 }),
        (recorded, wanted) => {
          const blob = encodeSnapshot(bookOf(recorded), { writtenAtMs: 1, dropped: 0 });
          const found: (AnySeries | null)[] = wanted.map(() => null);
          expect(readSeries(blob, wanted, { origins: everyone }, found)).not.toBeNull();
          for (const [index, one] of wanted.entries()) {
            const own = recorded.filter((message) => message.kind === one.kind && message.name === one.name);
            const sum = createSeries[one.kind]();
            // In stored order, origin by origin.
            const stored: (AnySeries | null)[] = [sum];
            for (const by of origins) {
              const ofOrigin = bookOf(own.filter((message) => message.by === by));
              readSeries(
                encodeSnapshot(ofOrigin, { writtenAtMs: 1, dropped: 0 }),
                [one],
                { origins: everyone },
                stored,
              );
            }
            const expected = sum.isEmpty ? null : bytesOf(sum);
            const got = found[index] ?? null;
            expect(got === null ? null : bytesOf(got)).toBe(expected);
          }
        },
      ),
    );
  });

  test("lists the series names of a kind", () => {
    const snapshot = new MetricSnapshot(maxSeries);
    for (const by of ["app", "job"] as const) {
      for (const of of ["a", "b"]) {
        const message = { statement: of, text: "select 1", waitMs: 1, durationMs: 1, rows: 1, ok: true };
        snapshot.tables.sql.at(by, of).record(message);
      }
    }
    snapshot.tables.job.at("job", "c").record({ job: "c", waitMs: 1, runMs: 1, ok: true });
    const names = seriesNames(encodeParts(snapshot, { writtenAtMs: 1, dropped: 0 }), "sql");
    expect([...names].toSorted()).toEqual(["a", "b"]);
  });

  test("never throws and is never partly merged, however damaged", () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.nat({ max: 255 }), fc.nat(), (recorded, at, value, cut) => {
        const blob = encodeSnapshot(bookOf(recorded), { writtenAtMs: 1, dropped: 0 });
        const changed = Buffer.from(blob);
        changed.writeUInt8(value, at % blob.length);
        for (const one of [changed, blob.subarray(0, cut % blob.length), Buffer.concat([blob, changed])]) {
          const target = new MetricSnapshot(maxSeries);
          const header = mergeEncodedSnapshot(one, target, { origins: everyone });
          const isWhole = one.equals(blob);
          expect([header !== null, contents(target)]).toEqual([isWhole, isWhole ? contents(bookOf(recorded)) : []]);
        }
      }),
    );
  });
});

describe("a snapshot over the size limit", () => {
  function largeBook(): MetricSnapshot {
    const snapshot = new MetricSnapshot(1_000);
    for (let index = 0; index < 300; index += 1) {
      const series = snapshot.tables.rpc.at("app", `procedure ${index}`);
      for (let call = 0; call <= index % 50; call += 1) {
        series.record({ procedure: "p", type: "query", durationMs: 2 ** (call % 12), ok: true, errorCode: null });
        snapshot.recorded += 1;
      }
    }
    return snapshot;
  }
  const callsIn = (snapshot: MetricSnapshot): number =>
    [...snapshot.tables.rpc.of("app").values()].reduce((sum, { count }) => sum + count, 0);

  test("is stored with its least busy series under (other) and loses nothing", () => {
    const snapshot = largeBook();
    const before = contents(snapshot);
    for (const maxBytes of [12_000, 6_000, 2_000, 400]) {
      const { head, body, header } = encodeWithin(snapshot, { writtenAtMs: 1, dropped: 0 }, maxBytes);
      expect(head.length + body.length).toBeLessThanOrEqual(maxBytes);
      const back = new MetricSnapshot(1_000);
      mergeEncodedSnapshot(Buffer.concat([head, body]), back, { origins: everyone });
      expect(callsIn(back)).toBe(snapshot.recorded);
      expect(header.capped).toBe(back.tables.rpc.of("app").get("(other)")?.count);
      const kept = [...back.tables.rpc.of("app")].filter(([of]) => of !== "(other)").map(([, { count }]) => count);
      const gone = snapshot.tables.rpc.of("app").size - kept.length;
      const counts = [...snapshot.tables.rpc.of("app").values()].map(({ count }) => count).toSorted((a, b) => a - b);
      expect(Math.min(...kept, 50)).toBeGreaterThanOrEqual(counts[gone] ?? 0);
    }
    expect(contents(snapshot)).toEqual(before);
  });

  test("is counted as dropped if even that is too large", () => {
    const snapshot = largeBook();
    const { header } = encodeWithin(snapshot, { writtenAtMs: 1, dropped: 2 }, 60);
    expect([header.recorded, header.dropped]).toEqual([0, snapshot.recorded + 2]);
  });
});
