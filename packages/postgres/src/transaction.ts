import { type CopyIn, copyIn } from "./copy";
import type { ParameterSamples } from "./parameter-samples";
import type { Lease } from "./pool";
import { type Ask, createUnsafe, type Rows, type Statement, type Unsafe } from "./statement";
import { traced, type StatementNames } from "./trace";
import { DatabaseError } from "./errors";

export type TransactionOptions = {
  /** Instead of the pool's own, for work that is known to take longer. */
  statementTimeoutMs?: number;
  /** Postgres refuses to write. */
  isReadOnly?: true;
};

/** An open transaction. Its statements run one after another, in the order of the calls. */
export type TransactionClient = {
  readonly ask: Ask;
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

/** One after another, in the order of the calls, whatever becomes of each. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    take: <Result>(work: () => Promise<Result>): Promise<Result> => {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
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

/**
 * Runs `work` between BEGIN and COMMIT over one connection and resolves after the commit. Rolls back when `work` throws,
 * when the caller's deadline has passed, and when a statement failed even though its error was swallowed: Postgres
 * would answer COMMIT with a silent rollback. A connection lost during COMMIT rejects with DATABASE_UNAVAILABLE, and
 * whether it was committed is then unknown.
 */
export async function runTransaction<Result>(
  { lease, names, samples, deadlineAtMs, options }: Context,
  work: (client: TransactionClient) => Promise<Result>,
): Promise<Result> {
  const { connection } = lease;
  const turns = createTurns();
  let isOpen = true;
  let savepoints = 0;
  let firstFailure: unknown = null;

  const assertInTime = (): void => {
    if (deadlineAtMs !== null && performance.now() >= deadlineAtMs) throw new DatabaseError("DATABASE_TIMEOUT");
  };

  function inTurn<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    return turns.take(async () => {
      if (!isOpen) throw new Error("A statement was sent through a transaction that has ended.");
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

  /** BEGIN and its like. */
  const command = (text: string, waitMs?: number): Promise<Rows> =>
    send({ text, parameters: [], prepare: false, shape: "objects" }, waitMs);

  const ask: Ask = async (statement, read) => {
    if (samples.isKeeping) samples.keep(statement.text, statement.parameters);
    return read(await inTurn(() => send(statement)));
  };

  async function savepoint<Inner>(inner: (client: TransactionClient) => Promise<Inner>): Promise<Inner> {
    savepoints += 1;
    const name = `weir_${savepoints}`;
    const control = (text: string): Promise<Rows> => inTurn(() => command(text));
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
    ask,
    unsafe: createUnsafe(ask),
    savepoint,
    copyIn: async (text, rows) => {
      const copy = async (): Promise<{ count: number }> => ({ count: await copyIn(connection, text, rows) });
      return (await inTurn(() => traced(names, { text, waitMs: 0 }, copy))).count;
    },
  };

  async function settle(): Promise<void> {
    await turns.idle();
    isOpen = false;
  }

  async function begin(): Promise<void> {
    await command(options.isReadOnly === true ? "begin read only" : "begin", lease.waitMs);
    const { statementTimeoutMs } = options;
    if (statementTimeoutMs === undefined) return;
    await command(`set local statement_timeout = ${Math.ceil(statementTimeoutMs)}`);
  }

  async function rollback(): Promise<void> {
    if (!connection.isUsable()) return;
    // Without a rollback the session is of no use to anybody else.
    await command("rollback").catch(() => connection.end());
  }

  try {
    await begin();
    const result = await Promise.race([work(client), connection.lost]);
    await settle();
    assertInTime();
    const committed = await command("commit");
    // Postgres answers ROLLBACK when a statement of the transaction has failed.
    if (committed.command === "COMMIT") return result;
    throw firstFailure ?? new Error("The transaction was rolled back by one of its own statements.");
  } catch (error) {
    await settle();
    await rollback();
    throw error;
  }
}
