import type { SlotSource } from "./slot-source";
import { otherSeries } from "./series-table";

/** More than the names of one overview; beyond it what is not in use is forgotten. */
const mostTexts = 5_000;

/** Statements' texts as the nodes stored them; asks the store only when a name is not known yet. */
export class TextCache {
  readonly #source: SlotSource;
  readonly #known = new Map<string, string>();

  constructor(source: SlotSource) {
    this.#source = source;
  }

  /** The texts of `names`, as far as a node in `nodeIds` has stored them. */
  async of(names: Iterable<string>, nodeIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const wanted = [...names].filter((name) => name !== otherSeries);
    if (wanted.some((name) => !this.#known.has(name)) && nodeIds.length > 0) {
      const all = await this.#source.texts(nodeIds);
      if (this.#known.size > mostTexts) this.#known.clear();
      for (const texts of all) for (const [name, text] of texts) this.#known.set(name, text);
    }
    const found = new Map<string, string>();
    for (const name of wanted) {
      const text = this.#known.get(name);
      if (text !== undefined) found.set(name, text);
    }
    return found;
  }
}
