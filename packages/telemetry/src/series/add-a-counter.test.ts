import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { Count, Series, Sums } from "./fields";
import { metricsOf, type ProcessFacts } from "./metric";

// Follows the steps of "Add a counter" in the README for a series kind defined in this test.

type Eviction = { durationMs: number; count: number; bytes: number };

/** Before the counter is added. */
class OldSeries extends Series {
  readonly sweeps = this.field(new Histogram());
  readonly #counters = this.field(new Sums(["evictions"]));

  get count(): number {
    return this.sweeps.count;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get evictions(): number {
    return this.#counters.get("evictions");
  }

  record({ durationMs, count }: Eviction): void {
    this.sweeps.record(durationMs);
    this.#counters.take("evictions", count);
  }
}

/** With a field after the last one and a name at the end of a list. */
class NewSeries extends Series {
  readonly sweeps = this.field(new Histogram());
  readonly #counters = this.field(new Sums(["evictions", "largest"]));
  readonly #evictedBytes = this.field(new Count());

  get count(): number {
    return this.sweeps.count;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get evictions(): number {
    return this.#counters.get("evictions");
  }

  get largest(): number {
    return this.#counters.get("largest");
  }

  get evictedBytes(): number {
    return this.#evictedBytes.value;
  }

  record({ durationMs, count, bytes }: Eviction): void {
    this.sweeps.record(durationMs);
    this.#counters.take("evictions", count);
    if (bytes > 1_000) this.#counters.take("largest", 1);
    this.#evictedBytes.value += bytes;
  }
}

function encoded(series: Series): ByteReader {
  const writer = new ByteWriter();
  series.write(writer);
  return new ByteReader(Buffer.from(writer.view()));
}

function recorded<Item extends { record: (eviction: Eviction) => void }>(series: Item, ...evictions: Eviction[]): Item {
  for (const eviction of evictions) series.record(eviction);
  return series;
}

const small: Eviction = { durationMs: 1, count: 2, bytes: 500 };
const large: Eviction = { durationMs: 3, count: 4, bytes: 9_000 };
const valuesOf = ({ count, evictions, largest, evictedBytes }: NewSeries) => ({
  count,
  evictions,
  largest,
  evictedBytes,
});

describe("an added counter", () => {
  test("is merged, reset and stored from its declaration alone", () => {
    const both = { count: 2, evictions: 6, largest: 1, evictedBytes: 9_500 };
    const merged = recorded(new NewSeries(), small);
    merged.merge(recorded(new NewSeries(), large));
    expect(valuesOf(merged)).toEqual(both);
    const decoded = new NewSeries();
    decoded.mergeEncoded(encoded(recorded(new NewSeries(), small)));
    decoded.mergeEncoded(encoded(recorded(new NewSeries(), large)));
    expect(valuesOf(decoded)).toEqual(both);
    merged.reset();
    expect(valuesOf(merged)).toEqual({ count: 0, evictions: 0, largest: 0, evictedBytes: 0 });
  });

  test("reads as zero from nodes that lack it", () => {
    const decoded = recorded(new NewSeries(), large);
    decoded.mergeEncoded(encoded(recorded(new OldSeries(), small)));
    expect(valuesOf(decoded)).toEqual({ count: 2, evictions: 6, largest: 1, evictedBytes: 9_000 });
  });

  test("is skipped by nodes that lack it", () => {
    const decoded = recorded(new OldSeries(), small);
    decoded.mergeEncoded(encoded(recorded(new NewSeries(), large)));
    expect([decoded.count, decoded.evictions, decoded.sweeps.sumMs]).toEqual([2, 6, 4]);
  });

  test("is exposed by one entry, labelled with its series name", () => {
    const { counter } = metricsOf<NewSeries>("group");
    const metric = counter({
      name: "weir_cache_evicted_bytes_total",
      help: "Bytes evicted to make room.",
      of: ({ evictedBytes }) => evictedBytes,
    });
    expect(metric).toMatchObject({ type: "counter", unit: "bytes", labels: ["group"] });
    const samples: [readonly string[], number][] = [];
    const series = new Map([["note.byId", recorded(new NewSeries(), large)]]);
    // Only the series is read.
    metric.read(series, (labels, value) => void samples.push([labels, value]), {} as ProcessFacts);
    expect(samples).toEqual([[["note.byId"], 9_000]]);
  });
});
