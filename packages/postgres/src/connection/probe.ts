import { withTimeout } from "@weir/core/deadlines";
import { type Connection, createConnection } from "./connection";
import type { Pooling } from "./settings";

export type ServerReading = {
  /** When the statement was sent and its result arrived, on the clock of `performance.now()`. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  /** The server's clock, in ms since 1970. */
  readonly serverMs: number;
  /** True where writes are refused: on a standby, and while `default_transaction_read_only` is on. */
  readonly isReadOnly: boolean;
};

/** Probes a server over a dedicated connection: a full pool says nothing about the server. */
export type ServerProbe = {
  /** Rejects with the error of the driver or the server, or after `timeoutMs`; the next call opens a new connection. */
  readonly read: (timeoutMs: number) => Promise<ServerReading>;
  readonly close: () => Promise<void>;
};

const question = `select (extract(epoch from clock_timestamp()) * 1000)::float8 as "serverMs",
  pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "isReadOnly"`;

/** Opens no socket before the first reading. What it sends is published on no channel. */
export function createServerProbe(options: {
  url: string;
  applicationName: string;
  /** A session of its own by default. */
  pooling?: Pooling;
}): ServerProbe {
  let connection: Connection | null = null;
  const open = (): Connection =>
    createConnection({ ...options, statementTimeoutMs: 2_000, connectTimeoutMs: 2_000, prepare: false });

  return {
    read: async (timeoutMs) => {
      if (connection === null || !connection.isUsable()) connection = open();
      const current = connection;
      const sentAtMs = performance.now();
      try {
        const asked = current.send(question, [], { prepare: false, shape: "objects" });
        const [row] = await withTimeout(asked, timeoutMs);
        const { serverMs, isReadOnly } = row as { serverMs: number; isReadOnly: boolean };
        // The next connection may lead to another server, or have other settings.
        if (isReadOnly) void current.end();
        return { sentAtMs, receivedAtMs: performance.now(), serverMs, isReadOnly };
      } catch (error) {
        void current.end();
        throw error;
      }
    },
    close: async () => {
      await connection?.end();
    },
  };
}
