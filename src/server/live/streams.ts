import { setMaxListeners } from "node:events";
import { type WeirError } from "@weir/core/errors";
import { PlatformError } from "@/server/errors";

/** How many streams of one kind may be open (rule S3). */
export type StreamLimit = { perClient: number; perNode: number };
/** By kind, which is the path of the subscription. */
export type StreamLimits = Readonly<Record<string, StreamLimit>>;

/** One stream that was admitted. */
export type OpenStream = {
  /** Aborted when the client leaves, and with a WeirError as its reason when the stream is ended from here. */
  readonly signal: AbortSignal;
  end: (reason: WeirError) => void;
  /** Frees the slot. Call it when the stream is over; further calls do nothing. */
  release: () => void;
};

export type Streams = {
  /**
   * Admits a stream of this client until it is released or `left` is aborted.
   * @throws WeirError STREAMS_EXHAUSTED, SERVER_DRAINING
   */
  open: (kind: string, client: string, left: AbortSignal) => OpenStream;
  /** Ends all streams and admits no more. Called before the node closes. */
  drain: () => void;
  readonly count: number;
};

/** The streams of this node: counted per client and in total, and ended together. */
export function createStreams(limits: StreamLimits): Streams {
  const open = new Set<OpenStream>();
  const perNode = new Map<string, number>();
  const perClient = new Map<string, number>();
  let isDraining = false;

  const add = (counts: Map<string, number>, name: string, by: 1 | -1): void => {
    const count = (counts.get(name) ?? 0) + by;
    if (count === 0) counts.delete(name);
    else counts.set(name, count);
  };

  return {
    open: (kind, client, left) => {
      if (isDraining) throw new PlatformError("SERVER_DRAINING");
      const limit = limits[kind];
      if (limit === undefined)
        throw new TypeError(`The stream ${kind} has no limit: add it to the \`streams\` of its feature.`);
      const own = `${kind} ${client}`;
      if ((perClient.get(own) ?? 0) >= limit.perClient) {
        throw new PlatformError("STREAMS_EXHAUSTED", {
          detail: `One client may have ${limit.perClient} ${kind} streams open.`,
        });
      }
      if ((perNode.get(kind) ?? 0) >= limit.perNode) {
        throw new PlatformError("STREAMS_EXHAUSTED", {
          detail: `One node may have ${limit.perNode} ${kind} streams open.`,
        });
      }
      const ended = new AbortController();
      setMaxListeners(0, ended.signal);
      let isReleased = false;
      const leave = (): void => {
        ended.abort();
        stream.release();
      };
      const stream: OpenStream = {
        signal: ended.signal,
        end: (reason) => ended.abort(reason),
        release: () => {
          if (isReleased) return;
          isReleased = true;
          left.removeEventListener("abort", leave);
          open.delete(stream);
          add(perNode, kind, -1);
          add(perClient, own, -1);
        },
      };
      open.add(stream);
      add(perNode, kind, 1);
      add(perClient, own, 1);
      if (left.aborted) leave();
      else left.addEventListener("abort", leave);
      return stream;
    },
    drain: () => {
      isDraining = true;
      for (const stream of open) stream.end(new PlatformError("SERVER_DRAINING"));
    },
    get count() {
      return open.size;
    },
  };
}
