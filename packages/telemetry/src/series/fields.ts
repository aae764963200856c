import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram, mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram";

/** One part of what a series counts: how two of them add up, and how it is stored. */
export type Field = {
  /** Takes a field of its own class, which a type that stands for any field cannot name. */
  merge: (other: never) => void;
  reset: () => void;
  write: (writer: ByteWriter) => void;
  mergeEncoded: (reader: ByteReader) => void;
};

/**
 * What is counted about one procedure, statement or cache group. A subclass declares each of its fields once, with
 * `this.field(…)`, in the order in which they are stored; merging, resetting and the stored form follow. The order is part
 * of what is stored: a new field goes to the end. Recording works on the fields directly and costs nothing more.
 */
export abstract class Series {
  readonly #fields: (Field | Histogram)[] = [];

  /** Messages counted. */
  abstract readonly count: number;
  /** True when nothing at all was counted: such a series is not stored. */
  abstract readonly isEmpty: boolean;

  protected field<Declared extends Field | Histogram>(field: Declared): Declared {
    this.#fields.push(field);
    return field;
  }

  /** Adds what another series of the same kind counted. */
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
   * Merges what `write` wrote, up to the end of the bytes: what a node wrote before a field was added ends earlier, and
   * what a newer node appended is left over.
   */
  mergeEncoded(reader: ByteReader): void {
    for (const field of this.#fields) {
      if (reader.done) return;
      if (field instanceof Histogram) mergeEncoded(reader, field);
      else field.mergeEncoded(reader);
    }
  }
}

/** A whole number that adds up. */
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

/** A whole number of which the largest stays. */
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
 * Whole numbers by name, as an array in which each name has its place. The places are part of what is stored: a new name
 * goes to the end, and a place beyond the last one, which a newer node wrote, is left out. `combine` says what two numbers
 * are together.
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

  /** Takes a value in; what is not a positive number counts as zero, a fraction is rounded. */
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

/** Numbers that add up, by name. */
export class Sums<Name extends string> extends NumbersByName<Name> {
  constructor(names: readonly Name[]) {
    super(names, (mine, its) => mine + its);
  }
}

/** Numbers of which the largest stays, by name. */
export class Peaks<Name extends string> extends NumbersByName<Name> {
  constructor(names: readonly Name[]) {
    super(names, Math.max);
  }
}
