import { channels } from "@weir/core/channels";
import { createDeadlines } from "@weir/core/deadlines";
import { callerDeadlineAtMs, leaveAtDeadline } from "./deadline";
import type { ParameterSamples } from "./parameter-samples";
import type { Lease, Pool } from "./pool";
import { currentScope } from "@weir/core/scope";
import { type Ask, createUnsafe, type Rows, type Unsafe } from "./statement";
import { publishEnd, type StatementNames } from "./trace";
import { runTransaction, type TransactionClient, type TransactionOptions } from "./transaction";

/** Everything sent through it passes the pool, whoever sends it (rule D2). */
export type GatedClient = {
  readonly ask: Ask;
  readonly unsafe: Unsafe;
  readonly begin: <Result>(
    work: (client: TransactionClient) => Promise<Result>,
    options?: TransactionOptions,
  ) => Promise<Result>;
};

/** The procedure in whose name something is sent; null outside any. */
const callerName = (): string | null => currentScope()?.procedure ?? null;

function publishRefusal(askedAtMs: number): void {
  const endedAtMs = performance.now();
  channels.span.publish({ kind: "pool", name: "database", durationMs: endedAtMs - askedAtMs, ok: false, endedAtMs });
}

/**
 * A caller whose deadline (`deadlineAtMs` of its scope) passes gets DATABASE_TIMEOUT and leaves; its statement keeps its
 * permit and its connection until it has settled. Nothing is ever cancelled: a cancel may hit the next statement.
 */
export function createGatedClient(pool: Pool, names: StatementNames, samples: ParameterSamples): GatedClient {
  const deadlines = createDeadlines();

  const ask: Ask = (statement, read) => {
    const deadlineAtMs = callerDeadlineAtMs();
    const { text } = statement;
    if (samples.isKeeping) samples.keep(text, statement.parameters);
    const askedAtMs = performance.now();
    let lease: Lease | null = null;
    let sentAtMs = 0;

    const settled = new Promise<Rows>((arrive, refuse) => {
      const admit = (granted: Lease): void => {
        lease = granted;
        sentAtMs = performance.now();
        granted.connection.post(statement, arrive, refuse);
      };
      pool.enter({ deadlineAtMs, purpose: { text, procedure: callerName() }, admit, refuse });
    });

    // Here, and not where the session tells: by now the session is ready for the next statement, and this is the async
    // context of the caller.
    const end = (rows: Rows | null): void => {
      // What was never sent holds nothing; of it only the wait is told.
      if (lease === null) return publishRefusal(askedAtMs);
      lease.release();
      publishEnd(names, { text, waitMs: lease.waitMs, sentAtMs, parameters: statement.parameters }, rows);
    };
    const answer = settled.then(
      (rows) => {
        end(rows);
        return read(rows);
      },
      (error: unknown) => {
        end(null);
        throw error;
      },
    );
    return leaveAtDeadline(answer, deadlineAtMs, deadlines);
  };

  return {
    ask,
    unsafe: createUnsafe(ask),
    begin: async (work, options = {}) => {
      const deadlineAtMs = callerDeadlineAtMs();
      const askedAtMs = performance.now();
      const acquired = pool.acquire(deadlineAtMs, { text: "transaction", procedure: callerName() });
      const lease = await acquired.catch((error: unknown) => {
        publishRefusal(askedAtMs);
        throw error;
      });
      const ended = runTransaction({ lease, names, samples, deadlineAtMs, options }, work);
      return leaveAtDeadline(ended.finally(lease.release), deadlineAtMs, deadlines);
    },
  };
}
