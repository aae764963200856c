import type { Redis } from "ioredis";
import { LinkedQueue, type QueueNode } from "@weir/core/linked-queue";
import { evalScript, type RedisScript } from "@weir/core/redis-script";
import { runOutsideScope, type Scope } from "@weir/core/scope";
import type { MonotonicClock } from "./clock";
import { listeningScope, scopesOf } from "./connection";
import { stampLength } from "./entry";
import type { RequestL2 } from "./l2";
import type { KeyNames } from "./names";
import { claimScript, gone, keepScript, settleScript } from "./scripts";

/** The right to load an entry and store it. One flight of the fleet has it at a time. */
export type Lease = {
  readonly entry: string;
  readonly token: string;
  /** In local ms, counted from when the claim was sent: Redis expires the lease no earlier. In the past once it is lost. */
  untilMs: number;
  /** Among the leases that are renewed; null once it has ended. */
  node: QueueNode<Lease> | null;
};

export type Claim = {
  readonly entry: string;
  /** The same for each attempt of one flight, so that a lost reply changes nothing. */
  readonly token: string;
  /** Of the load that is about to begin. */
  readonly incarnation: string;
  readonly epoch: number;
  /** Another flight's load is useful when it began at this epoch or later; otherwise its lease is taken over. */
  readonly minEpoch: number;
  /** Stamp of the entry that the caller has seen; empty for none, `*` for any. */
  readonly seen: string;
  /** No reader is waiting: a key whose load has just failed is left alone. */
  readonly background: boolean;
};

/** `held`: another flight loads it. `filled`: an entry is there that the caller has not seen. `backoff`: its load just failed. */
export type ClaimResult = Lease | "held" | "filled" | "backoff";

/**
 * How a leased load ended: `text` is the entry to store; `backoffMs` is how long background loads leave the key alone;
 * `vanished` when there is nothing to store, and nothing to keep either.
 */
export type Settlement =
  | { readonly text: string; readonly lifetimeMs: number }
  | { readonly backoffMs: number }
  | "vanished";

export type Leases = {
  /** A unique name for what a flight will store. */
  nextToken: () => string;
  /**
   * Calls `onResult` with null when Redis did not respond within `timeoutMs`; the lease may have been granted even so.
   * Claims of one turn are sent together, with the shortest of their timeouts.
   */
  claim: (claim: Claim, timeoutMs: number, onResult: (result: ClaimResult | null) => void) => void;
  /** True while no other flight can have been granted the lease, as far as this node can tell. */
  holds: (lease: Lease) => boolean;
  /**
   * Ends a lease in the background and stores what was loaded under it; stores nothing if the lease was lost meanwhile.
   * Returns false when it is ended without the value, because Redis does not keep up.
   */
  end: (lease: Lease, how: Settlement) => boolean;
  /**
   * Stores a value whose claim got no reply, provided that the lease was granted after all. With the token '' it is stored
   * in any case, as where no leases are used. Returns false as `end` does.
   */
  store: (entry: string, token: string, text: string, lifetimeMs: number) => boolean;
  /** Releases all held leases. */
  close: () => Promise<void>;
};

export type LeasesOptions = {
  request: RequestL2;
  keys: Pick<KeyNames, "lease">;
  clock: MonotonicClock;
  /** Unlike that of any other node, ever; `nodeTagLength` characters. */
  nodeTag: string;
  leaseMs: number;
  renewMs: number;
  budgetMs: number;
};

type PendingClaim = {
  readonly claim: Claim;
  readonly timeoutMs: number;
  readonly onResult: (result: ClaimResult | null) => void;
  readonly scope: Scope | undefined;
};
type PendingSettlement = { readonly entry: string; readonly token: string; readonly how: Settlement };

export const nodeTagLength = 16;
const maxBatchSize = 128;
const maxLengthInFlight = 32 * 1024 * 1024;
const release: Settlement = { backoffMs: 0 };
/** Of a value in flight, besides its text. */
const overheadLength = 512;
const lengthOf = (how: Settlement): number =>
  typeof how === "object" && "text" in how ? how.text.length + overheadLength : 0;
/** The arguments of the script for one entry. */
function argumentsOf(how: Settlement): [text: string, lifetimeMs: number, backoffMs: number] {
  if (how === "vanished") return ["", gone, 0];
  return "text" in how ? [how.text, Math.ceil(how.lifetimeMs), 0] : ["", 0, Math.ceil(how.backoffMs)];
}
const lost = Number.NEGATIVE_INFINITY;

export function createLeases(options: LeasesOptions): Leases {
  const { request, keys, clock, nodeTag, leaseMs, renewMs, budgetMs } = options;
  const held = new LinkedQueue<Lease>();
  let timer: NodeJS.Timeout | undefined;
  let count = 0;
  let lengthInFlight = 0;

  const keepGranted = (entry: string, token: string, askedAtMs: number): Lease => {
    const lease: Lease = { entry, token, untilMs: askedAtMs + leaseMs, node: null };
    lease.node = held.push(lease);
    timer ??= runOutsideScope(() => setInterval(renew, renewMs).unref());
    return lease;
  };

  const run = (
    redis: Redis,
    script: RedisScript,
    names: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown[] | null> =>
    evalScript(redis, script, names, args).then((reply): unknown[] | null => (Array.isArray(reply) ? reply : null));

  function renew(): void {
    if (held.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const askedAtMs = clock.now();
    // A load that ends before half of its lease has passed never costs a renewal.
    const due: Lease[] = [];
    for (let node = held.first(); node !== null; node = node.next) {
      if (node.item.untilMs - askedAtMs < leaseMs - renewMs / 2) due.push(node.item);
    }
    for (let from = 0; from < due.length; from += maxBatchSize) {
      const leases = due.slice(from, from + maxBatchSize);
      const names = leases.map(({ entry }) => keys.lease(entry));
      const args = [leaseMs, ...leases.map(({ token }) => token)];
      request(
        keepScript.name,
        budgetMs,
        (redis) => run(redis, keepScript, names, args),
        (replies) => {
          if (replies === null) return;
          for (const [index, lease] of leases.entries()) {
            if (replies[index] === 1) lease.untilMs = Math.max(lease.untilMs, askedAtMs + leaseMs);
            else lease.untilMs = lost;
          }
        },
      );
    }
  }

  const resultOf = (letter: unknown, { entry, token }: Claim, askedAtMs: number): ClaimResult | null => {
    if (letter === "g") return keepGranted(entry, token, askedAtMs);
    if (letter === "h") return "held";
    if (letter === "e") return "filled";
    return letter === "f" ? "backoff" : null;
  };
  const sendClaims = (batch: readonly PendingClaim[]): void => {
    const askedAtMs = clock.now();
    const names = batch.flatMap(({ claim: { entry } }) => [keys.lease(entry), entry]);
    const args = batch.flatMap(({ claim }) => [
      claim.token,
      claim.incarnation,
      claim.epoch,
      claim.minEpoch,
      claim.seen,
      claim.background ? "1" : "0",
    ]);
    request(
      claimScript.name,
      Math.min(...batch.map(({ timeoutMs }) => timeoutMs)),
      (redis) => run(redis, claimScript, names, [leaseMs, ...args]),
      (letters) => {
        for (const [index, { claim, onResult }] of batch.entries()) {
          onResult(letters === null ? null : resultOf(letters[index], claim, askedAtMs));
        }
      },
      scopesOf({ scopes: batch.flatMap(({ scope }) => scope ?? []) }),
    );
  };
  // After the promises that the same reply has settled: their readers miss together.
  const soon = (work: () => void): void => process.nextTick(work);
  const claims = createBatch({ soon, maxSize: maxBatchSize, send: sendClaims });
  /** A batch of their own, for these have the whole budget before them. */
  const repeatedClaims = createBatch({ soon, maxSize: maxBatchSize, send: sendClaims });

  const sendSettlements = (items: readonly PendingSettlement[], done: () => void): void => {
    const names = items.flatMap(({ entry }) => [keys.lease(entry), entry]);
    const args = items.flatMap(({ token, how }) => [token, ...argumentsOf(how)]);
    request(settleScript.name, budgetMs, (redis) => run(redis, settleScript, names, args), done);
  };
  const settlements = createBatch<PendingSettlement>({
    soon: setImmediate,
    maxSize: maxBatchSize,
    send: (items) => {
      sendSettlements(items, () => {
        for (const { how } of items) lengthInFlight -= lengthOf(how);
      });
    },
  });
  const settle = (entry: string, token: string, how: Settlement): boolean => {
    const length = lengthOf(how);
    // A Redis that does not keep up gets the leases back without the values.
    const isTaken = lengthInFlight + length <= maxLengthInFlight;
    if (isTaken) lengthInFlight += length;
    // An entry without a lease needs nothing if its value is not stored.
    if (isTaken || token !== "") settlements.add({ entry, token, how: isTaken ? how : release });
    return isTaken;
  };

  return {
    nextToken: () => nodeTag + (count++).toString(36).padStart(stampLength - nodeTagLength, "0"),
    claim: (claim, timeoutMs, onResult) => {
      (timeoutMs < budgetMs ? claims : repeatedClaims).add({ claim, timeoutMs, onResult, scope: listeningScope() });
    },
    holds: (lease) => clock.now() < lease.untilMs,
    end: (lease, how) => {
      if (lease.node !== null) held.remove(lease.node);
      lease.node = null;
      return settle(lease.entry, lease.token, how);
    },
    store: (entry, token, text, lifetimeMs) => settle(entry, token, { text, lifetimeMs }),
    close: async () => {
      clearInterval(timer);
      const items = held.nodes().map(({ item: { entry, token } }) => ({ entry, token, how: release }));
      if (items.length > 0) await new Promise<void>((done) => sendSettlements(items, done));
    },
  };
}

/** Collects the items of one turn and sends them together. */
type Batch<Item> = { readonly add: (item: Item) => void };

type BatchOptions<Item> = {
  /** Schedules the send. */
  soon: (work: () => void) => void;
  /** A full batch is sent at once; further items form the next one. */
  maxSize: number;
  send: (items: readonly Item[]) => void;
};

function createBatch<Item>({ soon, maxSize, send }: BatchOptions<Item>): Batch<Item> {
  let collected: Item[] = [];
  const flush = (): void => {
    if (collected.length === 0) return;
    const items = collected;
    collected = [];
    send(items);
  };
  return {
    add: (item) => {
      collected.push(item);
      if (collected.length === 1) soon(flush);
      // The scheduled flush then finds nothing, or sends the next batch a little earlier.
      else if (collected.length >= maxSize) flush();
    },
  };
}
