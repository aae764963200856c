import { type Connection, longestPauseMs } from "./connection";
import { createGate, type GateOptions, type GatePeaks, type GateStats, type Permit } from "./gate";
import { LinkedQueue } from "@weir/core/linked-queue";

export type PoolOptions = GateOptions & {
  /** Opens no socket before its first statement. */
  openConnection: () => Connection;
  /** How old a connection may get. It is replaced between two uses, never under one. */
  maxAgeMs: () => number;
  /** What Postgres ends a statement after. A use that is far beyond it is written off together with its connection. */
  statementTimeoutMs: number;
};

export type PoolStats = GateStats & { connections: number };

/** What a permit is used for; `text` of a transaction is no statement of its own. */
export type Purpose = { readonly text: string; readonly procedure: string | null };
/** Who holds a permit longest by now. */
export type Holder = Purpose & { readonly heldMs: number };

/** A permit together with the one connection that it stands for. */
export type Lease = {
  readonly connection: Connection;
  readonly waitMs: number;
  /** A transaction sends another statement, and may pause after it. */
  readonly extend: (statementTimeoutMs?: number) => void;
  /** To be called when the last statement sent has settled. */
  readonly release: () => void;
};

/** Somebody who wants a lease. Exactly one of the two is called, at once where that is possible; neither may throw. */
export type Borrower = {
  readonly deadlineAtMs: number | null;
  readonly purpose?: Purpose;
  readonly admit: (lease: Lease) => void;
  readonly refuse: (error: unknown) => void;
};

export type Pool = {
  /** As the gate lets in, and refuses with what opening a connection threw. */
  readonly enter: (borrower: Borrower) => void;
  /** Like `enter`; resolves with the lease. */
  readonly acquire: (deadlineAtMs: number | null, purpose?: Purpose) => Promise<Lease>;
  readonly stats: () => PoolStats;
  readonly takePeaks: () => GatePeaks;
  /** Null while nobody holds a permit. */
  readonly longestHolder: () => Holder | null;
  readonly close: () => Promise<void>;
};

/** For the server's own time limits to show their effect. */
const graceMs = 5_000;
const unknownPurpose: Purpose = { text: "transaction", procedure: null };

type Member = { readonly connection: Connection; readonly expiresAtMs: number };
type Use = { readonly connection: Connection; readonly purpose: Purpose; readonly sinceMs: number; untilMs: number };

/** At most `max` connections, each used by one holder at a time (rules D1 and D2). */
export function createPool({ openConnection, maxAgeMs, statementTimeoutMs, ...gateOptions }: PoolOptions): Pool {
  const { now } = gateOptions;
  const gate = createGate(gateOptions);
  // The one used last is the next one: what load does not need falls idle and its age runs out.
  const idle: Member[] = [];
  const uses = new LinkedQueue<Use>();

  const isWorn = ({ connection, expiresAtMs }: Member): boolean => !connection.isUsable() || now() >= expiresAtMs;

  function take(): Member {
    for (let member = idle.pop(); member !== undefined; member = idle.pop()) {
      if (!isWorn(member)) return member;
      void member.connection.end();
    }
    return { connection: openConnection(), expiresAtMs: now() + maxAgeMs() };
  }

  function lend({ waitMs, release }: Permit, purpose: Purpose): Lease {
    // An address that cannot be read throws here.
    const member = take();
    const { connection } = member;
    const sinceMs = now();
    const use: Use = { connection, purpose, sinceMs, untilMs: sinceMs + statementTimeoutMs + graceMs };
    const node = uses.push(use);
    return {
      connection,
      waitMs,
      extend: (ms = statementTimeoutMs) => {
        use.untilMs = now() + ms + longestPauseMs + graceMs;
      },
      release: () => {
        if (!uses.remove(node)) return;
        if (connection.isUsable()) idle.push(member);
        else void connection.end();
        release();
      },
    };
  }

  function enter({ deadlineAtMs, purpose = unknownPurpose, admit, refuse }: Borrower): void {
    const lendOrRefuse = (permit: Permit): void => {
      let lease: Lease;
      try {
        lease = lend(permit, purpose);
      } catch (error) {
        permit.release();
        return refuse(error);
      }
      admit(lease);
    };
    gate.enter({ deadlineAtMs, admit: lendOrRefuse, refuse });
  }

  function watchOver(): void {
    // A server that vanished without a word leaves statements that never settle; ending the connection settles them.
    for (const { item } of uses.nodes()) if (now() > item.untilMs) void item.connection.end();
    const worn = idle.filter(isWorn);
    for (const member of worn) {
      idle.splice(idle.indexOf(member), 1);
      void member.connection.end();
    }
  }
  const watch = setInterval(watchOver, 1_000);
  watch.unref();

  return {
    enter,
    acquire: (deadlineAtMs, purpose = unknownPurpose) =>
      new Promise((admit, refuse) => enter({ deadlineAtMs, purpose, admit, refuse })),
    stats: () => ({ ...gate.stats(), connections: idle.length + uses.size }),
    takePeaks: gate.takePeaks,
    longestHolder: () => {
      // In the order of their begins.
      const use = uses.first()?.item;
      return use === undefined ? null : { ...use.purpose, heldMs: now() - use.sinceMs };
    },
    close: async () => {
      const closed = gate.close();
      const cutOff = setTimeout(() => {
        for (const { item } of uses.nodes()) void item.connection.end();
      }, statementTimeoutMs + graceMs);
      await closed;
      clearTimeout(cutOff);
      clearInterval(watch);
      await Promise.all(idle.splice(0).map(({ connection }) => connection.end()));
    },
  };
}
