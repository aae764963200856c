import { tracked, type TrackedEnvelope, TRPCError } from "@trpc/server";
import { WeirError } from "@weir/core/errors";
import { addressKey } from "@/server/auth/address-key";
import type { OpenStream } from "@/server/live/streams";
import { runOutsideScope } from "@weir/core/scope";
import type { Context } from "./context";
import { toTrpcError } from "@weir/trpc-node";
import { DatabaseError } from "@weir/postgres/errors";

export type StreamOptions<Event> = {
  /** The path of the subscription, which is also the key of its limit. */
  kind: string;
  ctx: Context;
  /** Aborted when the client leaves. */
  left: AbortSignal | undefined;
  /** The key that streams are counted by; the client's address unless given. */
  client?: string;
  /** Checked once a second: null lets the stream continue, an error ends it. */
  mayStay?: () => Promise<WeirError | null>;
  events: (signal: AbortSignal) => AsyncIterable<{ id: string; event: Event }>;
};

const checkEveryMs = 1_000;

const clientOf = ({ client }: Context): string =>
  client.kind === "internal" ? "internal" : addressKey(client.address);

/** Ends the stream when it may not continue or the check fails. Returns a function that stops checking. */
function watch(stream: OpenStream, mayStay: () => Promise<WeirError | null>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = async (): Promise<void> => {
    const refusal = await mayStay().catch((cause: unknown) =>
      cause instanceof WeirError ? cause : new DatabaseError("DATABASE_UNAVAILABLE", { cause }),
    );
    if (isOver) return;
    if (refusal === null) timer = setTimeout(() => void look(), checkEveryMs);
    else stream.end(refusal);
  };
  // The deadline of the request that opened the stream does not apply to the stream.
  runOutsideScope(() => {
    timer = setTimeout(() => void look(), checkEveryMs);
  });
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

async function* tell<Event>(
  stream: OpenStream,
  { events, mayStay }: StreamOptions<Event>,
): AsyncGenerator<TrackedEnvelope<Event>, void> {
  const stopWatching = mayStay === undefined ? null : watch(stream, mayStay);
  try {
    for await (const { id, event } of events(stream.signal)) {
      if (stream.signal.aborted) break;
      yield tracked(id, event);
    }
    const reason: unknown = stream.signal.reason;
    if (reason instanceof WeirError) throw reason;
  } catch (cause) {
    throw cause instanceof WeirError ? toTrpcError(cause) : cause;
  } finally {
    stopWatching?.();
    stream.release();
  }
}

/**
 * Serves a subscription: counts it against the limits, ends it with a typed error when the node drains or the client
 * loses permission, and stops when the client disconnects.
 * @throws WeirError STREAMS_EXHAUSTED, SERVER_DRAINING; TRPCError for a caller without a signal
 */
export function openStream<Event>(options: StreamOptions<Event>): AsyncGenerator<TrackedEnvelope<Event>, void> {
  const { kind, ctx, left, client = clientOf(ctx) } = options;
  if (left === undefined) throw new TRPCError({ code: "BAD_REQUEST", message: "A stream requires an abort signal." });
  return tell(ctx.services.streams.open(kind, client, left), options);
}
