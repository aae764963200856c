import type { InsightsOverview } from "./contract/overview";
import type { InsightsLiveEvent, InsightsLiveInput } from "./contract/live";
import { liveEveryMs } from "./contract/ranges";
import { WeirError } from "@weir/core/errors";
import { type Bell, createBell } from "@/server/live/bell";
import type { LiveEvent } from "@/server/live/contract";
import { LiveTable } from "./live-table";
import { createPoller, type Poller } from "@/server/live/poller";
import { TelemetryError } from "@weir/telemetry/errors";

export type OverviewFeedOptions = {
  read: (input: OverviewQuestion) => Promise<InsightsOverview>;
  /** Creates a table ID that is unique in the fleet. */
  newTableId: () => string;
  /** Replaces the interval of each range. */
  everyMs?: number;
};

/** Streams with the same filter share one reading. */
type OverviewQuestion = Omit<InsightsLiveInput, "lastEventId">;

export type OverviewFeed = {
  open: (input: InsightsLiveInput, signal: AbortSignal) => AsyncGenerator<LiveEvent<InsightsLiveEvent>>;
  /** Number of open streams. */
  readonly members: number;
};

/** The reader caches a result for a second. This is slightly longer, so each round gets a new one. */
const slightlyLaterMs = 10;
/** Age at which a table is replaced, so that old series do not accumulate. */
const maxSeries = 5_000;
/** Buckets sent again after a change of node, because nodes report a second or two after a bucket has ended. */
const overlapBuckets = 2;

/** The metrics of one filter: the state, and the error of the last failed read. */
type Topic = { id: string; table: LiveTable; bell: Bell; failure: unknown; poller: Poller };

/** `<table>.<sequence>.<start of the last bucket>`. */
type Cursor = { tableId: string; sequence: number; toMs: number };

function readCursor(id: string | null | undefined): Cursor | null {
  const [, tableId, sequence, toMs] = /^([\w-]{1,64})\.(\d{1,15})\.(\d{1,15})$/.exec(id ?? "") ?? [];
  return tableId === undefined ? null : { tableId, sequence: Number(sequence), toMs: Number(toMs) };
}
const toId = ({ tableId, sequence, toMs }: Cursor): string => `${tableId}.${sequence}.${toMs}`;

const iso = (atMs: number): string => new Date(atMs).toISOString();
/** Not the ID of any table: a client that resumes with it gets a schema first. */
const noTable = "-";

/**
 * Streams the overview: a schema, then the changes, once a second and less often for long ranges. One read serves all
 * streams with the same filter. Each stream computes the difference from what it last sent when the client is ready for
 * it, so a slow client skips to the newest state and blocks nothing.
 *
 * A client that reconnects to this node gets the difference. On another node it gets a new schema, and the buckets
 * since its last one from the slots that all nodes share. Missed time before the range is a gap, and the schema says
 * so.
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
      // Both from the same state: the values refer to series by their index in this schema.
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
