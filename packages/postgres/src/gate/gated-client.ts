import { channels } from "@weir/core/channels";
import { createDeadlines, type Deadlines } from "@weir/core/deadlines";
import { currentScope } from "@weir/core/scope";
import { DatabaseError } from "../errors";
import { publishStatement, type StatementNames } from "../statements/events";
import type { ParameterSamples } from "../statements/parameter-samples";
import { createUnsafe, type Rows, type RunQuery, type Unsafe } from "../statements/statement";
import { runTransaction, type TransactionClient, type TransactionOptions } from "../transaction";
import type { Lease, Pool } from "./pool";

/** Everything that is sent through it passes the pool, whatever sends it (rule D2). */
export type GatedClient = {
  readonly query: RunQuery;
  readonly unsafe: Unsafe;
  readonly begin: <Result>(
    work: (client: TransactionClient) => Promise<Result>,
    options?: TransactionOptions,
  ) => Promise<Result>;
};

/** The deadline of the current request, on the clock of `performance.now()`; null outside a request or without a limit. */
const callerDeadlineAtMs = (): number | null => currentScope()?.deadlineAtMs ?? null;

/** The procedure that is running; null outside any. */
const callerName = (): string | null => currentScope()?.procedure ?? null;

/**
 * A caller whose deadline (`deadlineAtMs` of its scope) passes gets DATABASE_TIMEOUT at once; its statement keeps its
 * permit and its connection until it has settled. Nothing is ever cancelled: a cancel may hit the next statement.
 */
export function createGatedClient(pool: Pool, names: StatementNames, samples: ParameterSamples): GatedClient {
  const deadlines = createDeadlines();

  const query: RunQuery = (statement, read) => {
    const deadlineAtMs = callerDeadlineAtMs();
    const { text } = statement;
    if (samples.isKeeping) samples.keep(text, statement.parameters);
    const requestedAtMs = performance.now();
    let lease: Lease | null = null;
    let sentAtMs = 0;

    const settled = new Promise<Rows>((resolve, refuse) => {
      const admit = (granted: Lease): void => {
        lease = granted;
        sentAtMs = performance.now();
        granted.connection.post(statement, resolve, refuse);
      };
      pool.enter({ deadlineAtMs, purpose: { text, procedure: callerName() }, admit, refuse });
    });

    // Not where the session reports the result: only now is the session ready for the next statement, and this is the
    // async context of the caller.
    const end = (rows: Rows | null): void => {
      // A statement that was never sent holds nothing; only its wait is published.
      if (lease === null) return publishRefusal(requestedAtMs);
      lease.release();
      publishStatement(names, { text, waitMs: lease.waitMs, sentAtMs, parameters: statement.parameters }, rows);
    };
    const result = settled.then(
      (rows) => {
        end(rows);
        return read(rows);
      },
      (error: unknown) => {
        end(null);
        throw error;
      },
    );
    return leaveAtDeadline(result, deadlineAtMs, deadlines);
  };

  return {
    query,
    unsafe: createUnsafe(query),
    begin: async (work, options = {}) => {
      const deadlineAtMs = callerDeadlineAtMs();
      const requestedAtMs = performance.now();
      const acquired = pool.acquire(deadlineAtMs, { text: "transaction", procedure: callerName() });
      const lease = await acquired.catch((error: unknown) => {
        publishRefusal(requestedAtMs);
        throw error;
      });
      const ended = runTransaction({ lease, names, samples, deadlineAtMs, options }, work);
      return leaveAtDeadline(ended.finally(lease.release), deadlineAtMs, deadlines);
    },
  };
}

function publishRefusal(requestedAtMs: number): void {
  const endedAtMs = performance.now();
  channels.span.publish({
    kind: "pool",
    name: "database",
    durationMs: endedAtMs - requestedAtMs,
    ok: false,
    endedAtMs,
  });
}

/**
 * Settles as `work` does, or rejects with DATABASE_TIMEOUT at the deadline. Only the waiting ends then: `work` goes on,
 * and the caller must release what it holds when `work` itself settles.
 */
function leaveAtDeadline<Result>(
  work: Promise<Result>,
  deadlineAtMs: number | null,
  deadlines: Deadlines,
): Promise<Result> {
  if (deadlineAtMs === null) return work;
  return new Promise((resolve, reject) => {
    const deadline = deadlines.set(deadlineAtMs, () => reject(new DatabaseError("DATABASE_TIMEOUT")));
    work.then(
      (result) => {
        deadlines.clear(deadline);
        resolve(result);
      },
      (error: unknown) => {
        deadlines.clear(deadline);
        reject(error);
      },
    );
  });
}
