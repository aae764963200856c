import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { createSeries, type Kind, kinds, type SeriesOf } from "../kinds";
import { mergeSeries, type Series } from "../series-table";
import { eventsOf } from "./test-messages";

/** All that a series holds, in a form that can be compared. */
function contents(series: Series): string {
  const writer = new ByteWriter();
  series.write(writer);
  return Buffer.from(writer.view()).toString("hex");
}

function readerOf(series: Series): ByteReader {
  return new ByteReader(Buffer.from(contents(series), "hex"));
}

function describeKind<K extends Kind>(kind: K, create: () => SeriesOf[K]): void {
  const events = fc.array(eventsOf[kind], { maxLength: 30 });
  type Events = readonly ((series: SeriesOf[K]) => void)[];

  function record(happened: Events, into: SeriesOf[K] = create()): SeriesOf[K] {
    for (const event of happened) event(into);
    return into;
  }

  describe(`a series of kind ${kind}`, () => {
    test("merging, in memory and encoded, is the same as recording the union", () => {
      fc.assert(
        fc.property(events, events, (left, right) => {
          const merged = record(left);
          mergeSeries<Series>(merged, record(right));
          const decoded = create();
          decoded.mergeEncoded(readerOf(record(left)));
          const reader = readerOf(record(right));
          decoded.mergeEncoded(reader);
          expect(reader.done).toBe(true);
          const union = record([...left, ...right]);
          expect([contents(merged), contents(decoded)]).toEqual([contents(union), contents(union)]);
          expect([merged.count, decoded.count]).toEqual([union.count, union.count]);
        }),
      );
    });

    test("after a reset it is as new", () => {
      fc.assert(
        fc.property(events, events, (earlier, later) => {
          const series = record(earlier);
          series.reset();
          expect([series.isEmpty, series.count, contents(series)]).toEqual([true, 0, contents(create())]);
          expect(contents(record(later, series))).toBe(contents(record(later)));
        }),
      );
    });

    test("it is empty only while it holds nothing", () => {
      fc.assert(
        fc.property(events, (happened) => {
          const series = record(happened);
          expect(series.isEmpty).toBe(contents(series) === contents(create()));
        }),
      );
    });
  });
}

for (const kind of kinds) describeKind(kind, createSeries[kind]);
