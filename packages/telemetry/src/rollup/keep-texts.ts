import type { SlotArchive } from "../archive";
import { otherSeries } from "../series-table";
import type { SlotSource } from "../slot-source";
import { coarseTier } from "../tiers";

/** A statement that goes on being seen is noted so often. */
const noteEveryMs = 600_000;
const mostNames = 20_000;

/** Keeps the texts of statements, with when they were first and last seen. */
export class TextKeeper {
  readonly #source: SlotSource;
  readonly #archive: SlotArchive;
  /** The newest minute for which a name was noted. */
  readonly #noted = new Map<string, number>();

  constructor(source: SlotSource, archive: SlotArchive) {
    this.#source = source;
    this.#archive = archive;
  }

  /** Notes that the nodes ran these statements in this minute, unless that is known well enough. */
  async keep(names: Iterable<string>, nodeIds: readonly string[], startMs: number): Promise<void> {
    const due = [...names].filter((name) => {
      const notedMs = this.#noted.get(name);
      return name !== otherSeries && (notedMs === undefined || Math.abs(startMs - notedMs) >= noteEveryMs);
    });
    if (due.length === 0) return;
    const texts = new Map<string, string>();
    for (const ofNode of await this.#source.texts(nodeIds)) for (const [name, text] of ofNode) texts.set(name, text);
    const noted = due.toSorted().flatMap((name) => {
      const text = texts.get(name);
      return text === undefined ? [] : [{ name, text, firstSeenMs: startMs, lastSeenMs: startMs + coarseTier.widthMs }];
    });
    await this.#archive.noteTexts(noted);
    if (this.#noted.size > mostNames) this.#noted.clear();
    for (const { name } of noted) this.#noted.set(name, startMs);
  }
}
