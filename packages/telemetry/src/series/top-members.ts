import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import {
  type Counter,
  type CounterList,
  createSpaceSaving,
  cutCounters,
  mergeCounterLists,
  type SpaceSaving,
} from "@weir/core/sketches/space-saving";

/** Counters while counting and while merging, and how many of them are stored. */
const capacity = 64;
const stored = 16;
const longestName = 100;

/** The most frequent names of a stream, mergeable; `count` of each is at most `error` too high, and never too low. */
export class TopMembers {
  #counters: SpaceSaving | null = null;

  add(name: string, weight: number): void {
    this.#counters ??= createSpaceSaving(capacity);
    this.#counters.add(name.length > longestName ? name.slice(0, longestName) : name, weight);
  }

  /** Largest first. */
  top(most: number): Counter[] {
    return this.#counters?.top(most) ?? [];
  }

  merge(other: TopMembers): void {
    if (other.#counters !== null) this.#mergeList(listOf(other.#counters));
  }

  reset(): void {
    this.#counters = null;
  }

  write(writer: ByteWriter): void {
    const { counters, floor } = this.#counters === null ? nothing : cutCounters(listOf(this.#counters), stored);
    writer.varint(counters.length);
    if (counters.length === 0) return;
    writer.varint(floor);
    for (const { name, count, error } of counters) {
      writer.text(name);
      writer.varint(count);
      writer.varint(error);
    }
  }

  mergeEncoded(reader: ByteReader): void {
    const length = reader.varint();
    if (length === 0) return;
    const floor = reader.varint();
    const counters: Counter[] = [];
    for (let index = 0; index < length; index += 1) {
      counters.push({ name: reader.text(), count: reader.varint(), error: reader.varint() });
    }
    this.#mergeList({ counters, floor });
  }

  #mergeList(list: CounterList): void {
    const mine = this.#counters === null ? nothing : listOf(this.#counters);
    this.#counters = createSpaceSaving(capacity, mergeCounterLists(mine, list, capacity));
  }
}

const nothing: CounterList = { counters: [], floor: 0 };

const listOf = (counters: SpaceSaving): CounterList => ({ counters: counters.top(capacity), floor: counters.floor });
