import postgres from "postgres";
import type { WeirError } from "@weir/core/errors";
import { runOutsideScope } from "@weir/core/scope";
import { DatabaseError } from "../errors";
import type { Rows, Statement, StatementOptions } from "../statements/statement";
import { readAddress } from "./address";
import { type ChooseHost, chooseHost } from "./hosts";
import { localSettings, ownSession, type Pooling, startupSettings } from "./settings";
import { toDriverValue, useDrizzleConversions } from "./conversions";
import { isReadOnlyRefusal, leavesConnectionUsable, toDatabaseError } from "./failure";

export type ConnectionOptions = {
  url: string;
  applicationName: string;
  statementTimeoutMs: number;
  connectTimeoutMs: number;
  /** Of several hosts; by default each connection asks them itself. */
  chooseHost?: ChooseHost;
  prepare: boolean;
  /** A session of its own by default. */
  pooling?: Pooling;
  /** Called when the server refuses a write because the session is read-only, though no transaction asked for that. */
  onReadOnly?: () => void;
  /** Called with the version of the server: `18.0`, `15.14 (Debian …)`. */
  onServerVersion?: (version: string) => void;
};

/** Maximum pause of a transaction between two statements; then Postgres ends its session. */
export const maxIdleInTransactionMs = 60_000;

/**
 * One session on the server, for one user at a time; behind a pooler in transaction mode, one connection to the pooler. It
 * never reconnects: a lost connection is thrown away.
 */
export type Connection = {
  /** False once the session is lost or its state is in doubt. */
  readonly isUsable: () => boolean;
  /** The commands that follow BEGIN where sessions are shared; null where the session has its settings already. */
  readonly localSettings: string | null;
  /** Rejects with DATABASE_UNAVAILABLE when the session is lost; never resolves. */
  readonly lost: Promise<never>;
  /**
   * Sends one statement. Calls either `resolve`, with the rows, or `reject`, once, at the latest when the session is
   * lost. Only after that, and not from within, may the next statement be sent.
   */
  readonly post: (statement: Statement, resolve: (rows: Rows) => void, reject: (error: unknown) => void) => void;
  /** Like `post`; resolves with the rows. */
  readonly send: (text: string, parameters: unknown[], options: StatementOptions) => Promise<Rows>;
  /** Begins a COPY FROM STDIN. `failed` rejects when Postgres refuses the data, even after the last byte. */
  readonly openCopy: (text: string) => Promise<{ stream: NodeJS.WritableStream; failed: Promise<never> }>;
  /** Whether the current transaction asked to be read-only; what the server then refuses is the statement's own error. */
  readonly expectReadOnly: (isExpected: boolean) => void;
  /** Marks the state as in doubt: nothing more is sent over this connection. */
  readonly discard: () => void;
  /** Ends the session at once; a statement that is still running fails. Never rejects. */
  readonly end: () => Promise<void>;
};

const lostError = (): WeirError => new DatabaseError("DATABASE_UNAVAILABLE", { detail: "The connection was lost." });

/**
 * A postgres.js client that is limited to a single session. Shared clients send a statement while another runs on the
 * same session, and carry the remains of a broken one into the next: after a failure in the middle of a result the
 * following result begins with holes, and after a lost session the following statement gets its error
 * (https://github.com/porsager/postgres/issues/1181). Here nothing is sent before the last result is complete, rows are
 * collected per statement, and a client ends with its session.
 */
export function createConnection(options: ConnectionOptions): Connection {
  let usable = true;
  let lose: (error: WeirError) => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    lose = reject;
  });
  // Single statements have their own error; only transactions and copies watch this promise.
  lost.catch(() => undefined);

  const { pooling = ownSession } = options;
  const address = readAddress(options.url);
  const settings = {
    ...address.settings,
    statement_timeout: String(options.statementTimeoutMs),
    idle_in_transaction_session_timeout: String(maxIdleInTransactionMs),
  };
  let client: postgres.Sql | null = null;

  function open(url: string): Handler {
    client = postgres(readAddress(url).url, {
      ssl: address.ssl,
      max: 1,
      max_lifetime: null,
      idle_timeout: 0,
      connect_timeout: options.connectTimeoutMs / 1000,
      prepare: options.prepare && pooling.prepares,
      fetch_types: false,
      onnotice: () => undefined,
      onclose: () => abandon(),
      onparameter: (name, value) => {
        if (name === "server_version") options.onServerVersion?.(String(value));
      },
      connection: startupSettings(pooling, options.applicationName, settings),
    });
    useDrizzleConversions(client.options);
    return handlerOf(client);
  }

  function abandon(): void {
    usable = false;
    lose(lostError());
  }

  let expectsReadOnly = false;
  const failure = (error: unknown): unknown => {
    if (isReadOnlyRefusal(error) && !expectsReadOnly) {
      options.onReadOnly?.();
      return new DatabaseError("DATABASE_UNAVAILABLE", {
        detail: "The database is currently read-only.",
        cause: error,
      });
    }
    if (!leavesConnectionUsable(error)) abandon();
    return toDatabaseError(error);
  };

  const [only, ...others] = address.hosts;
  let handler = only !== undefined && others.length === 0 ? open(only) : null;
  let isOpened = false;

  function handle(statement: DriverQuery): void {
    if (isOpened && handler !== null) return handler(statement);
    isOpened = true;
    // The first statement opens the socket, which outlives the request that the statement belongs to.
    runOutsideScope(() => {
      if (handler !== null) return handler(statement);
      const choose = options.chooseHost ?? (() => chooseHost(options.url, options.connectTimeoutMs));
      Promise.race([choose(), lost]).then(
        (url) => {
          handler = open(url);
          handler(statement);
        },
        (error: unknown) => {
          usable = false;
          statement.reject(error);
        },
      );
    });
  }

  const post: Connection["post"] = (statement, resolve, reject) => {
    if (!usable) return reject(lostError());
    try {
      const parameters = statement.parameters.map(toDriverValue);
      handle(new DriverQuery({ ...statement, parameters }, resolve, (error) => reject(failure(error))));
    } catch (error) {
      reject(failure(error));
    }
  };

  return {
    isUsable: () => usable,
    localSettings: pooling.ownsSession ? null : localSettings(settings),
    lost,
    post,
    send: (text, parameters, how) =>
      new Promise((resolve, reject) => post({ text, parameters, ...how }, resolve, reject)),
    openCopy: async (text) => {
      if (!usable || client === null) throw lostError();
      try {
        const query = client.unsafe(text);
        const stream = await query.writable();
        stream.on("error", () => undefined);
        // The query counts as settled by now, and an error after the last byte would be lost.
        const failed = new Promise<never>((_resolve, reject) => void Object.assign(query, { reject }));
        return { stream, failed };
      } catch (error) {
        throw failure(error);
      }
    },
    expectReadOnly: (isExpected) => {
      expectsReadOnly = isExpected;
    },
    discard: () => {
      usable = false;
    },
    end: async () => {
      abandon();
      await client?.end({ timeout: 0 }).catch(() => undefined);
    },
  };
}

/**
 * A statement in the form that a postgres.js session works with, in place of postgres.js' own `Query`: that class is a
 * promise that starts itself a few promises later, and costs about as much as everything else that a statement takes on
 * this side of the socket. The session fills in what is not set here, and calls `resolve` or `reject` once, when the
 * result is complete.
 */
class DriverQuery {
  readonly strings: [string];
  readonly args: unknown[];
  readonly options: { prepare: boolean; simple: boolean };
  /** "values" makes rows arrays. */
  readonly isRaw: "values" | false;
  readonly tagged = false;
  /** Where the text stands in the program; it is added to the stack of errors. */
  readonly origin = "";
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: unknown) => void;

  constructor(
    { text, parameters, prepare, shape, isSingle }: Statement,
    resolve: (rows: Rows) => void,
    reject: (error: unknown) => void,
  ) {
    this.strings = [text];
    this.args = parameters;
    // Left to itself, postgres.js sends a statement without parameters unprepared.
    this.options = { prepare, simple: !prepare && parameters.length === 0 && isSingle !== true };
    this.isRaw = shape === "arrays" && "values";
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Keeps each row with the result that it belongs to: `result` is the statement's own, which the session leaves empty. */
  forEachFn(row: postgres.Row, result: Rows): void {
    result.push(row);
  }
}

type Handler = (query: DriverQuery) => void;

/** Gives a query to the session of a client with `max: 1`. */
function handlerOf(client: postgres.Sql): Handler {
  // A private field, which the type declarations lack. A query that is not awaited is not sent.
  const { handler } = client.unsafe("") as unknown as { handler: Handler };
  return handler;
}
