import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";

/**
 * Whole numbers by name, as an array in which each name has its place. The places are part of what is stored: a new name
 * goes to the end. `combine` says what two of them are together.
 */
class Places<Name extends string> {
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

  merge(other: Places<Name>): void {
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

  /** Throws a RangeError for what is not of these names. */
  mergeEncoded(reader: ByteReader): void {
    const end = reader.varint();
    if (end > this.#values.length) throw new RangeError("a place beyond the last one");
    for (let place = 0; place < end; place += 1) this.#takeAt(place, reader.varint());
  }

  #takeAt(place: number, value: number): void {
    this.#values[place] = this.#combine(this.#values[place] ?? 0, value);
  }
}

/** Numbers that add up. */
export class Sums<Name extends string> extends Places<Name> {
  constructor(names: readonly Name[]) {
    super(names, (mine, its) => mine + its);
  }
}

/** Numbers of which the largest stays. */
export class Peaks<Name extends string> extends Places<Name> {
  constructor(names: readonly Name[]) {
    super(names, Math.max);
  }
}
