import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram, mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram";

/** One field of a series: how two values are merged, and how they are stored. */
export type Field = {
  /** Accepts a field of the same class, which the common type cannot express. */
  merge: (other: never) => void;
  reset: () => void;
  write: (writer: ByteWriter) => void;
  mergeEncoded: (reader: ByteReader) => void;
};

/**
 * The counts of one procedure, statement or cache group. A subclass declares each field once with `this.field(…)`, in
 * stored order; merging, resetting and the stored form follow from that. The order is part of the stored format, so
 * add a new field at the end. Recording updates the fields directly and costs nothing extra.
 */
export abstract class Series {
  readonly #fields: (Field | Histogram)[] = [];

  /** Messages counted. */
  abstract readonly count: number;
  /** True when nothing was counted; such a series is not stored. */
  abstract readonly isEmpty: boolean;

  protected field<Declared extends Field | Histogram>(field: Declared): Declared {
    this.#fields.push(field);
    return field;
  }

  /** Adds the counts of another series of the same kind. */
  merge(other: this): void {
    for (let place = 0; place < this.#fields.length; place += 1) {
      // Both declare the same fields in the same order.
      this.#fields[place]?.merge(other.#fields[place] as never);
    }
  }

  reset(): void {
    for (const field of this.#fields) field.reset();
  }

  write(writer: ByteWriter): void {
    for (const field of this.#fields) {
      if (field instanceof Histogram) writeHistogram(writer, field);
      else field.write(writer);
    }
  }

  /**
   * Merges the output of `write` up to the end of the bytes: data from before a field was added ends earlier, and
   * fields appended by a newer node are ignored.
   */
  mergeEncoded(reader: ByteReader): void {
    for (const field of this.#fields) {
      if (reader.done) return;
      if (field instanceof Histogram) mergeEncoded(reader, field);
      else field.mergeEncoded(reader);
    }
  }
}

/** A whole number that is summed. */
export class Count implements Field {
  value = 0;

  merge(other: Count): void {
    this.value += other.value;
  }

  reset(): void {
    this.value = 0;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.value);
  }

  mergeEncoded(reader: ByteReader): void {
    this.value += reader.varint();
  }
}

/** A whole number that keeps the maximum. */
export class Peak implements Field {
  value = 0;

  take(value: number): void {
    if (value > this.value) this.value = value;
  }

  merge(other: Peak): void {
    this.take(other.value);
  }

  reset(): void {
    this.value = 0;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.value);
  }

  mergeEncoded(reader: ByteReader): void {
    this.take(reader.varint());
  }
}

/**
 * Whole numbers by name, stored as an array with a position per name. Positions are part of the stored format: add a
 * new name at the end. Positions past the last one, written by a newer node, are ignored. `combine` merges two
 * numbers.
 */
class NumbersByName<Name extends string> implements Field {
  readonly #names: readonly Name[];
  readonly #values: Float64Array;
  readonly #combine: (mine: number, its: number) => number;

  constructor(names: readonly Name[], combine: (mine: number, its: number) => number) {
    this.#names = names;
    this.#values = new Float64Array(names.length);
    this.#combine = combine;
  }

  get areZero(): boolean {
    return this.#values.every((value) => value === 0);
  }

  get(name: Name): number {
    return this.#values[this.#names.indexOf(name)] ?? 0;
  }

  /** Adds a value. Anything but a positive number counts as zero; fractions are rounded. */
  take(name: Name, value: number): void {
    this.#takeAt(this.#names.indexOf(name), value > 0 ? Math.round(value) : 0);
  }

  merge(other: NumbersByName<Name>): void {
    for (let place = 0; place < this.#values.length; place += 1) this.#takeAt(place, other.#values[place] ?? 0);
  }

  reset(): void {
    this.#values.fill(0);
  }

  write(writer: ByteWriter): void {
    let end = this.#values.length;
    while (end > 0 && this.#values[end - 1] === 0) end -= 1;
    writer.varint(end);
    for (let place = 0; place < end; place += 1) writer.varint(this.#values[place] ?? 0);
  }

  mergeEncoded(reader: ByteReader): void {
    const end = reader.varint();
    for (let place = 0; place < end; place += 1) {
      const value = reader.varint();
      if (place < this.#values.length) this.#takeAt(place, value);
    }
  }

  #takeAt(place: number, value: number): void {
    this.#values[place] = this.#combine(this.#values[place] ?? 0, value);
  }
}

/** Summed numbers by name. */
export class Sums<Name extends string> extends NumbersByName<Name> {
  constructor(names: readonly Name[]) {
    super(names, (mine, its) => mine + its);
  }
}

/** Maximum numbers by name. */
export class Peaks<Name extends string> extends NumbersByName<Name> {
  constructor(names: readonly Name[]) {
    super(names, Math.max);
  }
}
