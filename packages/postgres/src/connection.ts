import postgres from "postgres";
import { type WeirError } from "@weir/core/errors";
import { runOutsideScope } from "@weir/core/scope";
import { toDriverValue, useDrizzleConversions } from "./conversions";
import { leavesConnectionUsable, toDatabaseError } from "./failure";
import type { Rows, Statement, StatementOptions } from "./statement";
import { wireOf, WireStatement } from "./wire-statement";
import { DatabaseError } from "./errors";

export type ConnectionOptions = {
  url: string;
  applicationName: string;
  statementTimeoutMs: number;
  connectTimeoutMs: number;
  prepare: boolean;
  /** Told when the server introduces itself: `18.0`, `15.14 (Debian …)`. */
  onVersion?: (version: string) => void;
};

/** How long a transaction may go without a statement before Postgres ends its session. */
export const longestPauseMs = 60_000;

/** One session on the server, for one user at a time. It never reconnects: a lost one is thrown away. */
export type Connection = {
  /** False once the session is lost or its state is in doubt. */
  readonly isUsable: () => boolean;
  /** Rejects with DATABASE_UNAVAILABLE when the session is lost; never resolves. */
  readonly lost: Promise<never>;
  /**
   * Sends one statement. Either `arrive` or `fail` is called, once: with its rows or with why there are none, at the
   * latest when the session is lost. Only after that, and not from within, may the next one be sent.
   */
  readonly post: (statement: Statement, arrive: (rows: Rows) => void, fail: (error: unknown) => void) => void;
  /** Like `post`; resolves with the rows. */
  readonly send: (text: string, parameters: unknown[], options: StatementOptions) => Promise<Rows>;
  /** Begins a COPY FROM STDIN. `failed` rejects when Postgres refuses the data, even after the last byte. */
  readonly openCopy: (text: string) => Promise<{ stream: NodeJS.WritableStream; failed: Promise<never> }>;
  /** Its state is in doubt: nothing more is sent over it. */
  readonly discard: () => void;
  /** Ends the session at once; a statement that is still running fails. Never rejects. */
  readonly end: () => Promise<void>;
};

const lostError = (): WeirError => new DatabaseError("DATABASE_UNAVAILABLE", { detail: "The connection was lost." });

/**
 * A postgres.js client that is held to a single session. Shared clients pick up a statement while another runs on the
 * same session, and carry leftovers of a broken one into the next: after a failure in the middle of a result the
 * following result begins with holes, after a lost session the following statement gets its error
 * (https://github.com/porsager/postgres/issues/1181). Here nothing is sent before the last answer is complete, rows are
 * gathered per statement, and a client dies with its session.
 */
export function createConnection(options: ConnectionOptions): Connection {
  let usable = true;
  let lose: (error: WeirError) => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    lose = reject;
  });
  // Most users never look at it.
  lost.catch(() => undefined);

  const client = postgres(options.url, {
    max: 1,
    max_lifetime: null,
    idle_timeout: 0,
    connect_timeout: options.connectTimeoutMs / 1000,
    prepare: options.prepare,
    fetch_types: false,
    onnotice: () => undefined,
    onclose: () => abandon(),
    onparameter: (name, value) => {
      if (name === "server_version") options.onVersion?.(String(value));
    },
    connection: {
      application_name: options.applicationName,
      statement_timeout: options.statementTimeoutMs,
      idle_in_transaction_session_timeout: longestPauseMs,
    },
  });
  useDrizzleConversions(client.options);

  function abandon(): void {
    usable = false;
    lose(lostError());
  }

  const failure = (error: unknown): unknown => {
    if (!leavesConnectionUsable(error)) abandon();
    return toDatabaseError(error);
  };

  const wire = wireOf(client);
  let isOpened = false;

  function hand(statement: WireStatement): void {
    if (isOpened) return wire(statement);
    isOpened = true;
    // The socket, which the first one opens, outlives the request that the statement belongs to.
    runOutsideScope(() => wire(statement));
  }

  const post: Connection["post"] = (statement, arrive, fail) => {
    if (!usable) return fail(lostError());
    try {
      const parameters = statement.parameters.map(toDriverValue);
      hand(new WireStatement({ ...statement, parameters }, arrive, (error) => fail(failure(error))));
    } catch (error) {
      fail(failure(error));
    }
  };

  return {
    isUsable: () => usable,
    lost,
    post,
    send: (text, parameters, how) =>
      new Promise((resolve, reject) => post({ text, parameters, ...how }, resolve, reject)),
    openCopy: async (text) => {
      if (!usable) throw lostError();
      try {
        const query = client.unsafe(text);
        const stream = await query.writable();
        stream.on("error", () => undefined);
        // The query counts as settled by now, and an error after the last byte would go nowhere.
        const failed = new Promise<never>((_resolve, reject) => void Object.assign(query, { reject }));
        return { stream, failed };
      } catch (error) {
        throw failure(error);
      }
    },
    discard: () => {
      usable = false;
    },
    end: async () => {
      abandon();
      await client.end({ timeout: 0 }).catch(() => undefined);
    },
  };
}
