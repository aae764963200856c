import type { InsightsOverview } from "./contract/overview";
import { type InsightsLiveEvent, type InsightsLiveInput, liveEveryMs } from "./contract/live";
import { WeirError } from "@weir/core/errors";
import { type Bell, createBell } from "@/server/live/bell";
import type { LiveEvent } from "@/server/live/contract";
import { LiveTable } from "./live-table";
import { createPoller, type Poller } from "@/server/live/poller";
import { TelemetryError } from "@weir/telemetry/errors";

export type OverviewFeedOptions = {
  read: (input: OverviewQuestion) => Promise<InsightsOverview>;
  /** Names a table; never the same twice, in the whole fleet. */
  newTableId: () => string;
  /** Instead of the time that each range has. */
  everyMs?: number;
};

/** Streams with the same question share one reading. */
type OverviewQuestion = Omit<InsightsLiveInput, "lastEventId">;

export type OverviewFeed = {
  open: (input: InsightsLiveInput, signal: AbortSignal) => AsyncGenerator<LiveEvent<InsightsLiveEvent>>;
  /** How many streams are open. */
  readonly members: number;
};

/** The reader remembers an answer for a second: asked a little later, it looks anew each time. */
const slightlyLaterMs = 10;
/** Begun anew then, so that series that are long gone do not pile up. */
const maxSeries = 5_000;
/** Buckets told again after a change of node: nodes report a second or two after a bucket has ended. */
const overlapBuckets = 2;

/** The metrics of one filter: the state, and the failure of the last attempt to read it. */
type Topic = { id: string; table: LiveTable; bell: Bell; failure: unknown; poller: Poller };

/** `table.sequence.begin of the last bucket`. */
type Cursor = { tableId: string; sequence: number; toMs: number };

function readCursor(id: string | null | undefined): Cursor | null {
  const [, tableId, sequence, toMs] = /^([\w-]{1,64})\.(\d{1,15})\.(\d{1,15})$/.exec(id ?? "") ?? [];
  return tableId === undefined ? null : { tableId, sequence: Number(sequence), toMs: Number(toMs) };
}
const toId = ({ tableId, sequence, toMs }: Cursor): string => `${tableId}.${sequence}.${toMs}`;

const iso = (atMs: number): string => new Date(atMs).toISOString();
/** No table is called so: who comes back with it begins with a schema. */
const noTable = "-";

/**
 * Streams the overview: a schema, then what changed, once a second, of long ranges less often. One read serves all streams
 * of a question; each stream
 * asks for the difference to what it sent last when the client takes it, so that a slow client skips to the newest and
 * holds nothing up.
 *
 * A client that comes back to this node gets the difference; on another node a new schema, and the buckets since its last
 * one out of the slots that all nodes share. What lies before the range is a gap, and the schema says so.
 */
export function createOverviewFeed(options: OverviewFeedOptions): OverviewFeed {
  const { read, newTableId, everyMs } = options;
  const topics = new Map<string, Topic>();

  function topicOf({ range, nodes, includeAdmin, compare }: InsightsLiveInput): Topic {
    const question: OverviewQuestion = { range, nodes: nodes?.toSorted() ?? null, includeAdmin, compare };
    const name = JSON.stringify(question);
    const known = topics.get(name);
    if (known !== undefined) return known;
    const poller = createPoller({
      everyMs: everyMs ?? liveEveryMs[range] + slightlyLaterMs,
      round: async (signal) => {
        try {
          const overview = await read(question);
          if (signal.aborted) return;
          if (topic.table.size > maxSeries) {
            topic.id = newTableId();
            topic.table = new LiveTable();
          }
          topic.table.take(overview);
          topic.failure = null;
        } catch (error) {
          topic.failure = error;
        }
        topic.bell.ring();
      },
    });
    const topic: Topic = { id: newTableId(), table: new LiveTable(), bell: createBell(), failure: null, poller };
    topics.set(name, topic);
    return topic;
  }

  function fail(cause: unknown): never {
    throw cause instanceof WeirError ? cause : new TelemetryError("TELEMETRY_UNAVAILABLE", { cause });
  }

  async function* stream(topic: Topic, from: Cursor | null, signal: AbortSignal) {
    let cursor: Cursor = from ?? { tableId: noTable, sequence: 0, toMs: 0 };
    while (!signal.aborted) {
      while (topic.failure === null && topic.id === cursor.tableId && topic.table.sequence <= cursor.sequence) {
        await topic.bell.next(signal);
        if (signal.aborted) return;
      }
      if (topic.failure !== null) fail(topic.failure);
      const { table, id: tableId } = topic;
      const { fromMs, toMs, stepMs } = table.window;
      const { sequence } = table;
      if (tableId === cursor.tableId) {
        const event = table.figures(cursor.sequence);
        cursor = { tableId, sequence, toMs };
        if (event !== null) yield { id: toId(cursor), event };
        continue;
      }
      if (sequence === 0) {
        await topic.bell.next(signal);
        continue;
      }
      const isTooOld = cursor.toMs !== 0 && cursor.toMs < fromMs;
      const schema = table.schema(isTooOld ? { from: iso(cursor.toMs), to: iso(fromMs) } : null);
      // Both of one state: the values name series by their places in this schema.
      const figures = table.figures(0, cursor.toMs - overlapBuckets * stepMs, false);
      yield { id: toId({ ...cursor, tableId: noTable }), event: schema };
      cursor = { tableId, sequence, toMs };
      if (figures !== null) yield { id: toId(cursor), event: figures };
    }
  }

  return {
    async *open(input, signal) {
      const topic = topicOf(input);
      const leave = topic.poller.join();
      try {
        yield* stream(topic, readCursor(input.lastEventId), signal);
      } finally {
        leave();
        if (topic.poller.members === 0) {
          for (const [name, known] of topics) if (known === topic) topics.delete(name);
        }
      }
    },
    get members() {
      return [...topics.values()].reduce((sum, { poller }) => sum + poller.members, 0);
    },
  };
}
