import type { SlotArchive } from "../store/archive";
import type { SeenText } from "./types";
import { otherSeries } from "../series/series-table";
import type { SlotSource } from "../store/slot-source";

/** More than the names of one overview; beyond it what is not in use is forgotten. */
const maxTexts = 5_000;
/** How often the store is asked again for names that are known: when each was last seen moves on. */
const refreshAfterMs = 60_000;
/** How often it is asked again for names whose texts nobody had. */
const retryAfterMs = 5_000;

type Known = { seen: SeenText | null; atMs: number };

/** Statements' texts from the archive, and as the nodes stored them; asks only for names that are not known yet. */
export class TextCache {
  readonly #source: SlotSource;
  readonly #archive: SlotArchive | null;
  readonly #known = new Map<string, Known>();

  constructor(source: SlotSource, archive: SlotArchive | null) {
    this.#source = source;
    this.#archive = archive;
  }

  /** The texts of `names`, as far as the archive or a node of `nodeIds` has them and answers. Never rejects. */
  async of(names: Iterable<string>, nodeIds: readonly string[], nowMs: number): Promise<ReadonlyMap<string, SeenText>> {
    const wanted = [...names].filter((name) => name !== otherSeries);
    const due = wanted.filter((name) => this.#isDue(name, nowMs));
    if (due.length > 0) {
      if (this.#known.size > maxTexts) this.#known.clear();
      await this.#ask(due, nodeIds, nowMs);
    }
    const found = new Map<string, SeenText>();
    for (const name of wanted) {
      const seen = this.#known.get(name)?.seen;
      if (seen !== null && seen !== undefined) found.set(name, seen);
    }
    return found;
  }

  #isDue(name: string, nowMs: number): boolean {
    const known = this.#known.get(name);
    if (known === undefined) return true;
    const ageMs = nowMs - known.atMs;
    return ageMs < 0 || ageMs > (known.seen === null ? retryAfterMs : refreshAfterMs);
  }

  async #ask(names: readonly string[], nodeIds: readonly string[], nowMs: number): Promise<void> {
    const archived = (await this.#archive?.texts(names).catch(() => [])) ?? [];
    for (const { name, text, firstSeenMs, lastSeenMs } of archived) {
      this.#known.set(name, { seen: { text, firstSeenMs, lastSeenMs }, atMs: nowMs });
    }
    const left = names.filter((name) => (this.#known.get(name)?.seen ?? null) === null);
    if (left.length > 0 && nodeIds.length > 0) {
      const stored = await this.#source.texts(nodeIds).catch(() => []);
      for (const texts of stored) {
        for (const [name, text] of texts) {
          if ((this.#known.get(name)?.seen ?? null) !== null) continue;
          this.#known.set(name, { seen: { text, firstSeenMs: null, lastSeenMs: null }, atMs: nowMs });
        }
      }
    }
    for (const name of names) {
      const known = this.#known.get(name);
      this.#known.set(name, { seen: known?.seen ?? null, atMs: nowMs });
    }
  }
}
