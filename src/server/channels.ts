import { channel as nodeChannel } from "node:diagnostics_channel";

/** How one key read ended (rule C5). `hit` names its tier beside it. */
export type CacheOutcome = "hit" | "stale" | "negative" | "coalesced" | "miss" | "error" | "bypass";
export type CacheTier = "l1" | "l2";

export type CacheReadMessage = {
  type: "read";
  group: string;
  outcome: CacheOutcome;
  /** The tier that answered; null when none did. */
  tier: CacheTier | null;
  durationMs: number;
  /** Time that this read spent in a load of its own that succeeded, else null. To count loads take `CacheLoadMessage`. */
  loadMs: number | null;
};

export type CacheInvalidationMessage = {
  type: "invalidation";
  /** The logical clock after this invalidation. */
  epoch: number;
  mode: "purge" | "expire";
  tags: readonly string[];
  /** True on the node that asked for it, false where it arrived by the log. */
  local: boolean;
};

/**
 * One run of a load, which is what the database feels: each call of a definition's `load`, or one call of its `loadMany`
 * for all its keys together. Published when the run has ended, whether it failed, whoever waited for it and whether
 * anybody did; refreshes and bypassing reads are among them.
 */
export type CacheLoadMessage = {
  type: "load";
  group: string;
  durationMs: number;
  /** False when it threw. */
  ok: boolean;
  /** How many keys it was asked for. */
  keys: number;
  /** True for a refresh, which no read asked to wait for. */
  background: boolean;
};

/** The shared tier of one node changed its state: `open` means that Redis fails and is left alone for a while. */
export type CacheBreakerMessage = { type: "breaker"; state: "closed" | "open" | "half-open" };

export type CacheMessage = CacheReadMessage | CacheLoadMessage | CacheInvalidationMessage | CacheBreakerMessage;

export type SqlMessage = {
  /** The name given to `prepared()`, else a fingerprint of the text. */
  statement: string;
  /** The statement with placeholders; never its values. */
  text: string;
  /** Time waited for a permit of the gate. */
  waitMs: number;
  /** From the permit to the last row. */
  durationMs: number;
  rows: number;
  ok: boolean;
};

export type RpcMessage = {
  procedure: string;
  type: "query" | "mutation" | "subscription";
  durationMs: number;
  ok: boolean;
  /** tRPC's error code (`NOT_FOUND`, …); null when ok. */
  errorCode: string | null;
};

export type RedisMessage = { connection: string; command: string; durationMs: number; ok: boolean };

export type Channel<Message> = {
  /** True when somebody listens: build costly messages only then. */
  readonly hasSubscribers: boolean;
  /** Synchronous, in the publisher's async context. */
  publish: (message: Message) => void;
  /** Returns the function that ends the subscription. A listener that throws is contained and counted (rule T2). */
  subscribe: (listener: (message: Message) => void) => () => void;
};

let failures = 0;

/** How often a listener threw since the process began. */
export function listenerFailures(): number {
  return failures;
}

function openChannel<Message>(name: string): Channel<Message> {
  const inner = nodeChannel(name);
  return {
    get hasSubscribers() {
      return inner.hasSubscribers;
    },
    publish: (message) => inner.publish(message),
    subscribe: (listener) => {
      const contained = (message: unknown): void => {
        try {
          // The channel is private to this module's `publish`, which is typed.
          listener(message as Message);
        } catch {
          failures += 1;
        }
      };
      inner.subscribe(contained);
      return () => void inner.unsubscribe(contained);
    },
  };
}

/** What happened, published at the edges by whoever did it; telemetry listens, nobody calls it. */
export const channels = {
  rpc: openChannel<RpcMessage>("weir:rpc"),
  cache: openChannel<CacheMessage>("weir:cache"),
  sql: openChannel<SqlMessage>("weir:sql"),
  redis: openChannel<RedisMessage>("weir:redis"),
};
