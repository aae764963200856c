import type { Redis } from "ioredis";
import { runOutsideScope, type Scope } from "@weir/core/scope";
import { LinkedQueue, type QueueNode } from "@weir/core/linked-queue";
import { createBatch } from "./batch";
import type { MonotonicClock } from "./clock";
import { evalScript } from "./connection";
import { stampLength } from "./entry";
import type { AskL2 } from "./l2-door";
import type { KeyNames } from "./names";
import { claimScript, keepScript, settleScript } from "./scripts";
import { listeningScope, scopesOf } from "./waiting-scopes";

/** The right to load an entry and store it, which one flight of the fleet has at a time. */
export type Lease = {
  readonly entry: string;
  readonly token: string;
  /** Counted from when it was asked for: at the latest then Redis has forgotten it. In local ms; the past once it is lost. */
  untilMs: number;
  /** Among those that are renewed; null once it has ended. */
  place: QueueNode<Lease> | null;
};

export type Claim = {
  readonly entry: string;
  /** The same for each attempt of one flight, so that an answer that was lost changes nothing. */
  readonly token: string;
  /** Of the load that wants to begin. */
  readonly incarnation: string;
  readonly epoch: number;
  /** What another loads is of use when it began at this epoch or later; else its lease is taken over. */
  readonly sinceEpoch: number;
  /** Stamp of the entry that was seen; empty for none, `*` for whatever there is. */
  readonly seen: string;
  /** Nobody waits: a key whose load has just failed is left alone. */
  readonly background: boolean;
};

/** `held`: another loads it. `filled`: an entry is there that was not seen. `resting`: its load failed a moment ago. */
export type ClaimAnswer = Lease | "held" | "filled" | "resting";

/** How a load that had a lease ended. `text` is the entry to store; `restMs` is how long the background leaves it alone. */
export type Settlement = { readonly text: string; readonly lifetimeMs: number } | { readonly restMs: number };

export type Leases = {
  /** A name for what a flight will bring. */
  nextToken: () => string;
  /**
   * Answers null when Redis did not within the time; the lease may have been granted even so. What is claimed in one go
   * goes out together, and takes no longer than the most impatient of it.
   */
  claim: (claim: Claim, withinMs: number, answered: (answer: ClaimAnswer | null) => void) => void;
  /** True while no other can have been granted it, as far as this node can tell. */
  holds: (lease: Lease) => boolean;
  /** Ends a lease in the background and stores what was loaded under it; nothing is stored when it was lost meanwhile. */
  end: (lease: Lease, how: Settlement) => void;
  /**
   * Stores what was loaded without an answer to its claim, if it was granted even so. With the token '' it is stored in
   * any case, as where no leases are used.
   */
  store: (entry: string, token: string, text: string, lifetimeMs: number) => void;
  /** Gives back what is held. */
  close: () => Promise<void>;
};

export type LeasesOptions = {
  ask: AskL2;
  keys: Pick<KeyNames, "lease">;
  clock: MonotonicClock;
  /** Unlike that of any other node, ever. */
  nodeTag: string;
  leaseMs: number;
  renewMs: number;
  budgetMs: number;
};

type Asked = {
  readonly claim: Claim;
  readonly withinMs: number;
  readonly answered: (answer: ClaimAnswer | null) => void;
  readonly scope: Scope | undefined;
};
type Settling = { readonly entry: string; readonly token: string; readonly how: Settlement };

export const nodeTagLength = 16;
const mostTogether = 128;
const mostUnderWay = 10_000;
const mostLettersUnderWay = 32 * 1024 * 1024;
const nothing: Settlement = { restMs: 0 };
const lettersOf = (how: Settlement): number => ("text" in how ? how.text.length : 0);
const lost = Number.NEGATIVE_INFINITY;

export function createLeases(options: LeasesOptions): Leases {
  const { ask, keys, clock, nodeTag, leaseMs, renewMs, budgetMs } = options;
  const held = new LinkedQueue<Lease>();
  let timer: NodeJS.Timeout | undefined;
  let count = 0;
  let underWay = 0;
  let lettersUnderWay = 0;

  const keepGranted = (entry: string, token: string, askedAtMs: number): Lease => {
    const lease: Lease = { entry, token, untilMs: askedAtMs + leaseMs, place: null };
    lease.place = held.push(lease);
    timer ??= runOutsideScope(() => setInterval(renew, renewMs).unref());
    return lease;
  };

  const run = (
    redis: Redis,
    script: typeof claimScript,
    names: readonly string[],
    args: readonly (string | number)[],
  ) => evalScript(redis, script, names, args).then((reply): unknown[] | null => (Array.isArray(reply) ? reply : null));

  function renew(): void {
    if (held.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const askedAtMs = clock.now();
    // A load that is over before half of its lease has passed never costs a renewal.
    const due: Lease[] = [];
    for (let place = held.first(); place !== null; place = place.next) {
      if (place.item.untilMs - askedAtMs < leaseMs - renewMs / 2) due.push(place.item);
    }
    for (let from = 0; from < due.length; from += mostTogether) {
      const leases = due.slice(from, from + mostTogether);
      const names = leases.map(({ entry }) => keys.lease(entry));
      const args = [leaseMs, ...leases.map(({ token }) => token)];
      ask(
        keepScript.name,
        budgetMs,
        (redis) => run(redis, keepScript, names, args),
        (answers) => {
          if (answers === null) return;
          for (const [index, lease] of leases.entries()) {
            if (answers[index] === 1) lease.untilMs = Math.max(lease.untilMs, askedAtMs + leaseMs);
            else lease.untilMs = lost;
          }
        },
      );
    }
  }

  const answerOf = (letter: unknown, { entry, token }: Claim, askedAtMs: number): ClaimAnswer | null => {
    if (letter === "g") return keepGranted(entry, token, askedAtMs);
    if (letter === "h") return "held";
    if (letter === "e") return "filled";
    return letter === "f" ? "resting" : null;
  };
  const sendClaims = (asked: readonly Asked[]): void => {
    const askedAtMs = clock.now();
    const names = asked.flatMap(({ claim: { entry } }) => [keys.lease(entry), entry]);
    const args = asked.flatMap(({ claim }) => [
      claim.token,
      claim.incarnation,
      claim.epoch,
      claim.sinceEpoch,
      claim.seen,
      claim.background ? "1" : "0",
    ]);
    ask(
      claimScript.name,
      Math.min(...asked.map(({ withinMs }) => withinMs)),
      (redis) => run(redis, claimScript, names, [leaseMs, ...args]),
      (letters) => {
        for (const [index, { claim, answered }] of asked.entries()) {
          answered(letters === null ? null : answerOf(letters[index], claim, askedAtMs));
        }
      },
      scopesOf({ scopes: asked.flatMap(({ scope }) => scope ?? []) }),
    );
  };
  // After the promises that the same answer has settled, whose readers miss together.
  const soon = (work: () => void): void => process.nextTick(work);
  const claims = createBatch({ soon, most: mostTogether, send: sendClaims });
  /** Apart, for these have the whole budget before them. */
  const repeatedClaims = createBatch({ soon, most: mostTogether, send: sendClaims });

  const sendSettlements = (items: readonly Settling[], done: () => void): void => {
    const names = items.flatMap(({ entry }) => [keys.lease(entry), entry]);
    const args = items.flatMap(({ token, how }) =>
      "text" in how ? [token, how.text, Math.ceil(how.lifetimeMs), 0] : [token, "", 0, Math.ceil(how.restMs)],
    );
    ask(settleScript.name, budgetMs, (redis) => run(redis, settleScript, names, args), done);
  };
  const settlements = createBatch<Settling>({
    soon: setImmediate,
    most: mostTogether,
    send: (items) => {
      sendSettlements(items, () => {
        underWay -= items.length;
        for (const { how } of items) lettersUnderWay -= lettersOf(how);
      });
    },
  });
  const settle = (entry: string, token: string, how: Settlement): void => {
    if (underWay >= mostUnderWay) return;
    // A Redis that does not keep up gets the leases back without the values.
    const taken = lettersUnderWay + lettersOf(how) > mostLettersUnderWay ? nothing : how;
    underWay += 1;
    lettersUnderWay += lettersOf(taken);
    settlements.add({ entry, token, how: taken });
  };

  return {
    nextToken: () => nodeTag + (count++).toString(36).padStart(stampLength - nodeTagLength, "0"),
    claim: (claim, withinMs, answered) => {
      (withinMs < budgetMs ? claims : repeatedClaims).add({ claim, withinMs, answered, scope: listeningScope() });
    },
    holds: (lease) => clock.now() < lease.untilMs,
    end: (lease, how) => {
      if (lease.place !== null) held.remove(lease.place);
      lease.place = null;
      settle(lease.entry, lease.token, how);
    },
    store: (entry, token, text, lifetimeMs) => settle(entry, token, { text, lifetimeMs }),
    close: async () => {
      clearInterval(timer);
      const items = held.nodes().map(({ item: { entry, token } }) => ({ entry, token, how: nothing }));
      if (items.length > 0) await new Promise<void>((done) => sendSettlements(items, done));
    },
  };
}
