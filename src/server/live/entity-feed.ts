import type { City } from "@/features/cities/contract";
import type { CityChange, CityChangesEvent, CityChangesInput } from "@/features/cities/changes-contract";
import { runOutsideScope } from "@weir/core/scope";
import type { Change, ChangeLog, Position } from "./change-log";
import { pause } from "./pause";

export type LiveEvent<Event> = { readonly id: string; readonly event: Event };

export type CityFeedOptions = {
  log: ChangeLog;
  /** The city that a tag names, null for other tags. */
  cityOfTag: (tag: string) => number | null;
  /** Tags and groups whose invalidation says of no single city that it changed: any may have. */
  broadTags: ReadonlySet<string>;
  /** By id, absent where there is none; as fresh as the log. */
  readCities: (ids: readonly number[]) => Promise<ReadonlyMap<number, City | null>>;
  /** Between two events of one stream: what changes meanwhile goes out together. */
  restMs?: number;
};

export type CityFeed = (input: CityChangesInput, signal: AbortSignal) => AsyncGenerator<LiveEvent<CityChangesEvent>>;

const mostPerEvent = 100;
/** After this many entries of no interest the client gets a new position all the same. */
const bookmarkEvery = 1_000;

const toId = ({ incarnation, epoch }: Position): string => `${incarnation}.${epoch}`;

function readPosition(id: string | null | undefined): Position | null {
  const [, incarnation, epoch] = /^([\w-]{1,64})\.(\d{1,15})$/.exec(id ?? "") ?? [];
  return incarnation === undefined ? null : { incarnation, epoch: Number(epoch) };
}

type Portion = { ids: number[]; position: Position } | null;

/**
 * Streams which cities changed, out of the log of invalidations that every write of the fleet passes through. Each reader
 * keeps a position in the log and reads the cities through the cache when it is its turn: nothing is queued for slow ones,
 * and what changed twice meanwhile is told once.
 */
export function createCityFeed({ log, cityOfTag, broadTags, readCities, restMs = 100 }: CityFeedOptions): CityFeed {
  const isBroad = ({ all, tags }: Change): boolean => all || tags.some((tag) => broadTags.has(tag));

  /** The cities named by the first entries, as many as one event takes; null when any city may have changed. */
  function takePortion(changes: readonly Change[], wanted: ReadonlySet<number> | null, end: Position): Portion {
    const ids = new Set<number>();
    let position: Position | null = null;
    for (const change of changes) {
      if (isBroad(change)) return null;
      const named = change.tags.map(cityOfTag).filter((id) => id !== null);
      const fresh = named.filter((id) => (wanted === null || wanted.has(id)) && !ids.has(id));
      if (fresh.length > mostPerEvent) return null;
      if (ids.size + fresh.length > mostPerEvent) return { ids: [...ids], position: position ?? end };
      for (const id of fresh) ids.add(id);
      position = change;
    }
    return { ids: [...ids], position: end };
  }

  async function read(ids: readonly number[]): Promise<CityChange[]> {
    if (ids.length === 0) return [];
    try {
      // The request that opened the stream has a deadline; the stream has none.
      const found = await runOutsideScope(() => readCities(ids));
      return ids.map((id) => {
        const city = found.get(id) ?? null;
        return city === null ? { kind: "absent", id } : { kind: "present", id, city };
      });
    } catch {
      return ids.map((id) => ({ kind: "unread", id }));
    }
  }

  return async function* changesOfCities(input, signal) {
    const { ids = [], country } = input;
    const wanted = ids.length === 0 ? null : new Set(ids);
    let position = readPosition(input.lastEventId);
    if (position === null) {
      position = await log.now(signal);
      if (position === null) return;
      yield { id: toId(position), event: { type: "ready", changes: await read(ids) } };
    }
    let told: Position = position;
    while (!signal.aborted) {
      const next = await log.after(position, signal);
      if (next === null) return;
      const portion: Portion = next.kind === "gap" ? null : takePortion(next.changes, wanted, next.position);
      if (portion === null) {
        position = told = next.position;
        yield { id: toId(position), event: { type: "gap", changes: await read(ids) } };
      } else {
        position = portion.position;
        const changes = await read(portion.ids);
        const mine =
          country === undefined
            ? changes
            : changes.filter((change) => change.kind !== "present" || change.city.countryCode === country);
        const isFar = position.incarnation !== told.incarnation || position.epoch - told.epoch >= bookmarkEvery;
        if (mine.length === 0 && !isFar) continue;
        told = position;
        yield { id: toId(position), event: { type: "changes", changes: mine } };
      }
      await pause(restMs, signal);
    }
  };
}
