import { type Bell, createBell } from "@/server/live/bell";
import type { LiveEvent } from "@/server/live/contract";
import { createPoller, type Poller } from "@/server/live/poller";
import type { InsightsLiveEvent, InsightsLiveInput, LiveAnswers, LiveAsk } from "./contract/live";
import type { LiveName } from "./contract/live-names";
import { liveEveryMs } from "./contract/ranges";

/** Answers an ask as its procedure does. */
export type LiveRead = (ask: LiveAsk) => Promise<LiveAnswers[LiveName]>;

export type LiveFeedOptions = {
  read: LiveRead;
  /** Replaces the interval of each ask. */
  everyMs?: number;
};

export type LiveFeed = {
  open: (input: InsightsLiveInput, signal: AbortSignal) => AsyncGenerator<LiveEvent<InsightsLiveEvent>>;
  /** Number of asks that open streams have, each counted once per stream. */
  readonly members: number;
};

/** The reader keeps a result for a second. This is slightly longer, so each round gets a new one. */
const slightlyLaterMs = 10;
/** For what has no range. */
const usualEveryMs = 2_000;

/** The latest answer to one ask; null when it failed, or before the first. `sequence` grows with each round. */
type Topic = { sequence: number; answer: LiveAnswers[LiveName] | null; poller: Poller };

function everyMsOf({ input }: LiveAsk): number {
  if (input === undefined) return usualEveryMs;
  // A custom range that ends in the future is as fresh as its finest interval.
  return (typeof input.range === "string" ? liveEveryMs[input.range] : 5_000) + slightlyLaterMs;
}

/**
 * Streams responses of procedures as they are, in plain JSON, whenever there is a new one: once a second for the shortest
 * range. One reading serves all streams with the same ask. A stream sends the newest response when the client is ready
 * for it, so a slow client skips the ones in between and blocks nothing. An ask that fails says so, and the others go on.
 */
export function createLiveFeed({ read, everyMs }: LiveFeedOptions): LiveFeed {
  const topics = new Map<string, Topic>();
  const bell: Bell = createBell();

  function topicOf(ask: LiveAsk): { topic: Topic; leave: () => void } {
    const name = JSON.stringify(ask);
    const known = topics.get(name);
    const topic = known ?? {
      sequence: 0,
      answer: null,
      poller: createPoller({ everyMs: everyMs ?? everyMsOf(ask), round }),
    };
    async function round(signal: AbortSignal): Promise<void> {
      const answer = await read(ask).catch(() => null);
      if (signal.aborted) return;
      topic.answer = answer;
      topic.sequence += 1;
      bell.ring();
    }
    topics.set(name, topic);
    const leavePoller = topic.poller.join();
    return {
      topic,
      leave: () => {
        leavePoller();
        if (topic.poller.members === 0 && topics.get(name) === topic) topics.delete(name);
      },
    };
  }

  return {
    async *open({ asks }, signal) {
      const joined = asks.map((ask, index) => ({ ...topicOf(ask), index, name: ask.name, sent: 0 }));
      let id = 0;
      try {
        while (!signal.aborted) {
          let isIdle = true;
          for (const part of joined) {
            const { sequence, answer } = part.topic;
            if (sequence <= part.sent) continue;
            part.sent = sequence;
            isIdle = false;
            id += 1;
            const head = { ask: part.index, name: part.name };
            // The answer is that of the procedure with this name: `read` is typed by the ask.
            const event = (
              answer === null ? { ...head, ok: false } : { ...head, ok: true, data: answer }
            ) as InsightsLiveEvent;
            yield { id: String(id), event };
            if (signal.aborted) return;
          }
          if (isIdle) await bell.next(signal);
        }
      } finally {
        for (const { leave } of joined) leave();
      }
    },
    get members() {
      return [...topics.values()].reduce((sum, { poller }) => sum + poller.members, 0);
    },
  };
}
