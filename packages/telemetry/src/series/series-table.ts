import type { Origin } from "@weir/core/scope";
import type { Series } from "./fields";

/** Stored by position: add a new origin at the end. */
export const origins = ["app", "admin", "job", "lab"] as const satisfies readonly Origin[];

/** Where series beyond the cap are counted together. */
export const otherSeries = "(other)";

const maxNameLength = 200;

/** Series by origin and name, at most `maxSeries` per origin; further names are counted under "(other)". */
export class SeriesTable<Item extends Series> {
  readonly #byOrigin = new Map<Origin, Map<string, Item>>(origins.map((origin) => [origin, new Map<string, Item>()]));
  readonly #create: () => Item;
  readonly #maxSeries: number;

  constructor(create: () => Item, maxSeries: number) {
    this.#create = create;
    this.#maxSeries = maxSeries;
  }

  /** The accumulator to count into. Allocates only for new names. */
  at(origin: Origin, name: string): Item {
    const byName = this.of(origin);
    return byName.get(name) ?? this.#admit(byName, name.slice(0, maxNameLength));
  }

  /** Messages counted under "(other)" because the table was full. */
  get capped(): number {
    let count = 0;
    for (const byName of this.#byOrigin.values()) count += byName.get(otherSeries)?.count ?? 0;
    return count;
  }

  /** The series of one origin. */
  of(origin: Origin): Map<string, Item> {
    const byName = this.#byOrigin.get(origin);
    if (byName !== undefined) return byName;
    const added = new Map<string, Item>();
    this.#byOrigin.set(origin, added);
    return added;
  }

  /** Counts per name across all origins. Returns copies that later counting does not change. */
  sumOver(wanted: Iterable<Origin>): Map<string, Item> {
    const sums = new Map<string, Item>();
    for (const origin of wanted) {
      for (const [name, series] of this.of(origin)) {
        if (series.isEmpty) continue;
        let sum = sums.get(name);
        if (sum === undefined) sums.set(name, (sum = this.#create()));
        sum.merge(series);
      }
    }
    return sums;
  }

  merge(other: SeriesTable<Item>, nameOf?: (origin: Origin, name: string) => string): void {
    for (const origin of origins) {
      for (const [name, series] of other.of(origin)) {
        if (!series.isEmpty) this.at(origin, nameOf?.(origin, name) ?? name).merge(series);
      }
    }
  }

  /** Resets used series and removes unused ones, so that old names do not fill the cap. */
  reset(): void {
    for (const byName of this.#byOrigin.values()) {
      for (const [name, series] of byName) {
        if (series.isEmpty) byName.delete(name);
        else series.reset();
      }
    }
  }

  #admit(byName: Map<string, Item>, name: string): Item {
    const admitted =
      byName.has(name) || byName.size - (byName.has(otherSeries) ? 1 : 0) < this.#maxSeries ? name : otherSeries;
    const known = byName.get(admitted);
    if (known !== undefined) return known;
    const added = this.#create();
    byName.set(admitted, added);
    return added;
  }
}
