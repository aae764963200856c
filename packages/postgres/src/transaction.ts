import { checkTimerMs } from "@weir/core/timers";
import { type CopyIn, copyIn } from "./connection/copy";
import type { ParameterSamples } from "./statements/parameter-samples";
import type { Lease } from "./gate/pool";
import { createUnsafe, type Rows, type RunQuery, type Statement, type Unsafe } from "./statements/statement";
import { traced, type StatementNames } from "./statements/events";
import { DatabaseError } from "./errors";

export type TransactionOptions = {
  /** Replaces the pool's own limit, for work that is known to take longer. */
  statementTimeoutMs?: number;
  /** Makes Postgres refuse writes. */
  isReadOnly?: true;
};

/** An open transaction. Its statements run one after another, in the order of the calls. */
export type TransactionClient = {
  readonly query: RunQuery;
  readonly unsafe: Unsafe;
  readonly savepoint: <Result>(work: (client: TransactionClient) => Promise<Result>) => Promise<Result>;
  readonly copyIn: CopyIn;
};

type Context = {
  lease: Lease;
  names: StatementNames;
  samples: ParameterSamples;
  /** When the caller stops waiting. Nothing is sent or committed after it. */
  deadlineAtMs: number | null;
  options: TransactionOptions;
};

/**
 * Runs `work` between BEGIN and COMMIT over one connection and resolves after the commit. Rolls back when `work` throws,
 * when the caller's deadline has passed, and when a statement failed even though its error was swallowed: Postgres
 * would silently turn COMMIT into a rollback. Rejects with DATABASE_UNAVAILABLE when the connection is lost during COMMIT;
 * whether the transaction was committed is then unknown.
 */
export async function runTransaction<Result>(
  { lease, names, samples, deadlineAtMs, options }: Context,
  work: (client: TransactionClient) => Promise<Result>,
): Promise<Result> {
  const { connection } = lease;
  const statements = createSerialQueue();
  let isOpen = true;
  let savepoints = 0;
  let firstFailure: unknown = null;

  const assertInTime = (): void => {
    if (deadlineAtMs !== null && performance.now() >= deadlineAtMs) throw new DatabaseError("DATABASE_TIMEOUT");
  };

  function inOrder<Outcome>(send: () => Promise<Outcome>): Promise<Outcome> {
    return statements.run(async () => {
      if (!isOpen) throw new Error("This transaction has ended. It takes no more statements.");
      assertInTime();
      lease.extend(options.statementTimeoutMs);
      try {
        return await send();
      } catch (error) {
        firstFailure ??= error;
        throw error;
      }
    });
  }

  const send = ({ text, parameters, ...how }: Statement, waitMs = 0): Promise<Rows> =>
    traced(names, { text, waitMs, parameters }, () => connection.send(text, parameters, how));

  /** BEGIN, COMMIT and the like. */
  const command = (text: string, waitMs?: number): Promise<Rows> =>
    send({ text, parameters: [], prepare: false, shape: "objects" }, waitMs);

  const query: RunQuery = async (statement, read) => {
    if (samples.isKeeping) samples.keep(statement.text, statement.parameters);
    return read(await inOrder(() => send(statement)));
  };

  async function savepoint<Inner>(inner: (client: TransactionClient) => Promise<Inner>): Promise<Inner> {
    savepoints += 1;
    const name = `weir_${savepoints}`;
    const control = (text: string): Promise<Rows> => inOrder(() => command(text));
    await control(`savepoint ${name}`);
    const failureBefore = firstFailure;
    try {
      const result = await inner(client);
      await control(`release savepoint ${name}`);
      return result;
    } catch (error) {
      await control(`rollback to savepoint ${name}`);
      firstFailure = failureBefore;
      throw error;
    }
  }

  const client: TransactionClient = {
    query,
    unsafe: createUnsafe(query),
    savepoint,
    copyIn: async (text, rows) => {
      const copy = async (): Promise<{ count: number }> => ({ count: await copyIn(connection, text, rows) });
      return (await inOrder(() => traced(names, { text, waitMs: 0 }, copy))).count;
    },
  };

  async function settle(): Promise<void> {
    await statements.idle();
    isOpen = false;
    if (options.isReadOnly === true) connection.expectReadOnly(false);
  }

  async function begin(): Promise<void> {
    if (options.isReadOnly === true) connection.expectReadOnly(true);
    const { statementTimeoutMs } = options;
    const limit =
      statementTimeoutMs === undefined
        ? []
        : [`set local statement_timeout = ${Math.ceil(checkTimerMs("statementTimeoutMs", statementTimeoutMs))}`];
    const access = options.isReadOnly === true ? " read only" : "";
    if (connection.localSettings === null) {
      await command(`begin${access}`, lease.waitMs);
      for (const text of limit) await command(text);
      return;
    }
    // In one round trip.
    const beginning = `begin isolation level read committed${access}`;
    await command([beginning, connection.localSettings, ...limit].join("; "), lease.waitMs);
  }

  async function rollback(): Promise<void> {
    if (!connection.isUsable()) return;
    // Without a rollback the session cannot be used again.
    await command("rollback").catch(() => connection.end());
  }

  try {
    await begin();
    const result = await Promise.race([work(client), connection.lost]);
    await settle();
    assertInTime();
    const committed = await command("commit");
    // Postgres reports ROLLBACK when a statement of the transaction has failed.
    if (committed.command === "COMMIT") return result;
    throw firstFailure ?? new Error("The transaction was rolled back by one of its own statements.");
  } catch (error) {
    await settle();
    await rollback();
    throw error;
  }
}

/** Runs tasks one after another, in the order of the calls. A task that fails does not stop the next one. */
function createSerialQueue() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: <Result>(task: () => Promise<Result>): Promise<Result> => {
      const result = last.then(task);
      last = result.catch(() => undefined);
      return result;
    },
    /** Resolves when nothing is running or waiting. */
    idle: async (): Promise<void> => {
      for (let seen: unknown; seen !== last;) {
        seen = last;
        await last;
      }
    },
  };
}
