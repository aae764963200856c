import { LinkedQueue } from "@weir/core/linked-queue";
import { timerMs } from "@weir/core/timers";
import { type Connection, maxIdleInTransactionMs } from "../connection/connection";
import type { StatementNames } from "../statements/events";
import { createGate, type GateOptions, type GatePeaks, type GateStats, type Permit } from "./gate";

export type PoolOptions = GateOptions & {
  /** Opens no socket before its first statement. */
  openConnection: () => Connection;
  /** Maximum age of a connection. It is replaced between two uses, never during one. */
  maxAgeMs: () => number;
  /** After this Postgres ends a statement. A use that takes much longer is given up together with its connection. */
  statementTimeoutMs: number;
};

export type PoolStats = GateStats & { connections: number };

/** What a permit is used for; the `text` of a transaction is `transaction`. */
export type Purpose = { readonly text: string; readonly procedure: string | null };
/** The current holder of a permit. */
export type Holder = Purpose & { readonly heldMs: number };

/** A permit together with the one connection that it stands for. */
export type Lease = {
  readonly connection: Connection;
  readonly waitMs: number;
  /** A transaction sends another statement, and may pause after it. */
  readonly extend: (statementTimeoutMs?: number) => void;
  /** Call it when the last statement that was sent has settled. */
  readonly release: () => void;
};

/** A request for a lease. Exactly one of the two is called, at once where that is possible; neither may throw. */
export type LeaseRequest = {
  readonly deadlineAtMs: number | null;
  readonly purpose?: Purpose;
  readonly admit: (lease: Lease) => void;
  readonly refuse: (error: unknown) => void;
};

export type Pool = {
  /** Admits and refuses as the gate does; also refuses with what opening a connection throws. */
  readonly enter: (request: LeaseRequest) => void;
  /** Like `enter`; resolves with the lease. */
  readonly acquire: (deadlineAtMs: number | null, purpose?: Purpose) => Promise<Lease>;
  readonly stats: () => PoolStats;
  readonly takePeaks: () => GatePeaks;
  /** The holder that has held its permit longest; null while every permit is free. */
  readonly longestHolder: () => Holder | null;
  /**
   * Replaces every connection that is open now, each when it is not in use: they lead to the wrong server. At once the first
   * time, then with backoff, because the new ones may lead there too.
   */
  readonly renew: () => void;
  readonly close: () => Promise<void>;
};

/** Lets the server's own time limits take effect first. */
const graceMs = 5_000;
const unknownPurpose: Purpose = { text: "transaction", procedure: null };

const minRenewMs = 1_000;
const maxRenewMs = 15_000;

type Member = { readonly connection: Connection; readonly openedAtMs: number; readonly expiresAtMs: number };
type Use = { readonly connection: Connection; readonly purpose: Purpose; readonly sinceMs: number; untilMs: number };

/** At most `max` connections, each used by one holder at a time (rules D1 and D2). */
export function createPool({ openConnection, maxAgeMs, statementTimeoutMs, ...gateOptions }: PoolOptions): Pool {
  const { now } = gateOptions;
  const gate = createGate(gateOptions);
  // Last in, first out: connections that the load does not need stay idle and reach their age.
  const idle: Member[] = [];
  const uses = new LinkedQueue<Use>();

  /** Connections that were opened before are replaced. */
  let renewedAtMs = Number.NEGATIVE_INFINITY;
  let renewPauseMs = 0;
  const isWorn = ({ connection, openedAtMs, expiresAtMs }: Member): boolean =>
    !connection.isUsable() || openedAtMs < renewedAtMs || now() >= expiresAtMs;

  function take(): Member {
    for (let member = idle.pop(); member !== undefined; member = idle.pop()) {
      if (!isWorn(member)) return member;
      void member.connection.end();
    }
    const openedAtMs = now();
    return { connection: openConnection(), openedAtMs, expiresAtMs: openedAtMs + maxAgeMs() };
  }

  function lend({ waitMs, release }: Permit, purpose: Purpose): Lease {
    // An invalid URL throws here.
    const member = take();
    const { connection } = member;
    const sinceMs = now();
    const use: Use = { connection, purpose, sinceMs, untilMs: sinceMs + statementTimeoutMs + graceMs };
    const node = uses.push(use);
    return {
      connection,
      waitMs,
      extend: (ms = statementTimeoutMs) => {
        use.untilMs = now() + ms + maxIdleInTransactionMs + graceMs;
      },
      release: () => {
        if (!uses.remove(node)) return;
        if (connection.isUsable() && member.openedAtMs >= renewedAtMs) idle.push(member);
        else void connection.end();
        release();
      },
    };
  }

  function enter({ deadlineAtMs, purpose = unknownPurpose, admit, refuse }: LeaseRequest): void {
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

  function sweep(): void {
    // A server that vanished silently leaves statements that never settle; ending the connection settles them.
    for (const { item } of uses.nodes()) if (now() > item.untilMs) void item.connection.end();
    const worn = idle.filter(isWorn);
    for (const member of worn) {
      idle.splice(idle.indexOf(member), 1);
      void member.connection.end();
    }
  }
  const sweeping = setInterval(sweep, 1_000);
  sweeping.unref();

  return {
    enter,
    acquire: (deadlineAtMs, purpose = unknownPurpose) =>
      new Promise((admit, refuse) => enter({ deadlineAtMs, purpose, admit, refuse })),
    stats: () => ({ ...gate.stats(), connections: idle.length + uses.size }),
    takePeaks: gate.takePeaks,
    renew: () => {
      const sinceMs = now() - renewedAtMs;
      if (sinceMs < renewPauseMs) return;
      renewPauseMs = sinceMs > 4 * maxRenewMs ? minRenewMs : Math.min(2 * renewPauseMs, maxRenewMs);
      renewedAtMs = now();
    },
    longestHolder: () => {
      // In the order in which they began.
      const use = uses.first()?.item;
      return use === undefined ? null : { ...use.purpose, heldMs: now() - use.sinceMs };
    },
    close: async () => {
      const closed = gate.close();
      const cutOff = setTimeout(
        () => {
          for (const { item } of uses.nodes()) void item.connection.end();
        },
        timerMs(statementTimeoutMs + graceMs),
      );
      await closed;
      clearTimeout(cutOff);
      clearInterval(sweeping);
      await Promise.all(idle.splice(0).map(({ connection }) => connection.end()));
    },
  };
}

/** The load of a pool over a period, and at its end. */
export type PoolLoad = {
  max: number;
  inUse: number;
  queued: number;
  /** Maxima within the period. */
  inUsePeak: number;
  queuedPeak: number;
  /** Refused, and timed out in the queue, within the period. */
  refused: number;
  expired: number;
  /** The holder that has held its permit longest: its statement, or `transaction`; null while every permit is free. */
  longest: { heldMs: number; statement: string; procedure: string | null } | null;
};

/** Returns the load since the last call, so it has one caller. */
export type PoolGauge = () => PoolLoad;

export function createPoolGauge(
  pool: Pick<Pool, "stats" | "takePeaks" | "longestHolder">,
  names: Pick<StatementNames, "of">,
): PoolGauge {
  let before = { refused: 0, expired: 0 };
  return () => {
    const { max, inUse, queued, refused, expired } = pool.stats();
    const peaks = pool.takePeaks();
    const holder = pool.longestHolder();
    const since = before;
    before = { refused, expired };
    return {
      max,
      inUse,
      queued,
      inUsePeak: peaks.inUse,
      queuedPeak: peaks.queued,
      refused: refused - since.refused,
      expired: expired - since.expired,
      longest: holder && {
        heldMs: holder.heldMs,
        statement: holder.text === "transaction" ? holder.text : names.of(holder.text),
        procedure: holder.procedure,
      },
    };
  };
}
