import type { SlotArchive } from "../store/archive";
import type { SeenText } from "./types";
import { otherSeries } from "../series/series-table";
import type { SlotSource } from "../store/slot-source";

/** More than the names of one overview; beyond this limit, unused texts are evicted. */
const maxTexts = 5_000;
/** How often known names are read again to update when they were last seen. */
const refreshAfterMs = 60_000;
/** How often names without a text are looked up again. */
const retryAfterMs = 5_000;

type Known = { seen: SeenText | null; atMs: number };

/** Statement texts from the archive and the nodes; looks up only names that are not cached. */
export class TextCache {
  readonly #source: SlotSource;
  readonly #archive: SlotArchive | null;
  readonly #known = new Map<string, Known>();

  constructor(source: SlotSource, archive: SlotArchive | null) {
    this.#source = source;
    this.#archive = archive;
  }

  /** The texts of `names` found in the archive or on a node of `nodeIds`. Never rejects. */
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
