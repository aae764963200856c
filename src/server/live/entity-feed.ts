import { runOutsideScope } from "@weir/core/scope";
import type { Change, ChangeLog, Position } from "./change-log";
import type { EntityChange, EntityEvent, LiveEvent } from "./contract";
import { pause } from "./pause";

export type EntityFeedOptions<Id, Value> = {
  log: ChangeLog;
  /** The entity that a tag names; null for any other tag. */
  idOfTag: (tag: string) => Id | null;
  /** Tags and groups whose invalidation names no single entity: any may have changed. */
  broadTags: ReadonlySet<string>;
  /** Entities by ID, without those that do not exist; as fresh as the log. */
  read: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Value | null>>;
  /** Minimum time between two events of one stream, in ms. Changes in between go out together. */
  pauseMs?: number;
};

export type EntityFeedInput<Id, Value> = {
  /** Only these IDs; all when left out or empty. */
  ids?: readonly Id[] | undefined;
  /** Only existing entities that match. */
  matches?: (value: Value) => boolean;
  lastEventId?: string | null | undefined;
};

type ChangeEvent<Id, Value> = LiveEvent<EntityEvent<EntityChange<Id, Value>>>;

export type EntityFeed<Id, Value> = (
  input: EntityFeedInput<Id, Value>,
  signal: AbortSignal,
) => AsyncGenerator<ChangeEvent<Id, Value>>;

const maxPerEvent = 100;
/** After this many irrelevant entries the client gets a new position anyway. */
const bookmarkEvery = 1_000;

const toEventId = ({ incarnation, epoch }: Position): string => `${incarnation}.${epoch}`;

function readPosition(id: string | null | undefined): Position | null {
  const [, incarnation, epoch] = /^([\w-]{1,64})\.(\d{1,15})$/.exec(id ?? "") ?? [];
  return incarnation === undefined ? null : { incarnation, epoch: Number(epoch) };
}

/**
 * Streams changed entities from the invalidation log, which every write in the fleet passes through. Each reader keeps
 * a position in the log and reads the entities through the cache at its own pace: nothing is queued for slow readers,
 * and an entity that changed twice in the meantime is sent once.
 */
export function createEntityFeed<Id, Value>(options: EntityFeedOptions<Id, Value>): EntityFeed<Id, Value> {
  const { log, idOfTag, broadTags, read, pauseMs = 100 } = options;
  type Portion = { ids: Id[]; position: Position } | null;

  const isBroad = ({ all, tags }: Change): boolean => all || tags.some((tag) => broadTags.has(tag));

  /** The entities named by the first entries, up to the size of one event; null when any entity may have changed. */
  function takePortion(changes: readonly Change[], wanted: ReadonlySet<Id> | null, end: Position): Portion {
    const ids = new Set<Id>();
    let position: Position | null = null;
    for (const change of changes) {
      if (isBroad(change)) return null;
      const named = change.tags.map(idOfTag).filter((id) => id !== null);
      const fresh = named.filter((id) => (wanted === null || wanted.has(id)) && !ids.has(id));
      if (fresh.length > maxPerEvent) return null;
      if (ids.size + fresh.length > maxPerEvent) return { ids: [...ids], position: position ?? end };
      for (const id of fresh) ids.add(id);
      position = change;
    }
    return { ids: [...ids], position: end };
  }

  async function readChanges(ids: readonly Id[]): Promise<EntityChange<Id, Value>[]> {
    if (ids.length === 0) return [];
    try {
      // The request that opened the stream has a deadline; the stream has none.
      const found = await runOutsideScope(() => read(ids));
      return ids.map((id) => {
        const value = found.get(id) ?? null;
        return value === null ? { kind: "absent", id } : { kind: "present", id, value };
      });
    } catch {
      return ids.map((id) => ({ kind: "unread", id }));
    }
  }

  return async function* entityFeed({ ids = [], matches, lastEventId }, signal) {
    const wanted = ids.length === 0 ? null : new Set(ids);
    let position = readPosition(lastEventId);
    if (position === null) {
      position = await log.now(signal);
      if (position === null) return;
      yield { id: toEventId(position), event: { type: "ready", changes: await readChanges(ids) } };
    }
    let sent: Position = position;
    while (!signal.aborted) {
      const next = await log.after(position, signal);
      if (next === null) return;
      const portion: Portion = next.kind === "gap" ? null : takePortion(next.changes, wanted, next.position);
      if (portion === null) {
        position = sent = next.position;
        yield { id: toEventId(position), event: { type: "gap", changes: await readChanges(ids) } };
      } else {
        position = portion.position;
        const changes = await readChanges(portion.ids);
        const matching =
          matches === undefined
            ? changes
            : changes.filter((change) => change.kind !== "present" || matches(change.value));
        const isFar = position.incarnation !== sent.incarnation || position.epoch - sent.epoch >= bookmarkEvery;
        if (matching.length === 0 && !isFar) continue;
        sent = position;
        yield { id: toEventId(position), event: { type: "changes", changes: matching } };
      }
      await pause(pauseMs, signal);
    }
  };
}
