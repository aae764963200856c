import type { GatedClient } from "../gate/gated-client";
import type { StatementNames } from "./events";
import type { TransactionClient } from "../transaction";

export type ExplainRequest = {
  /** One statement; placeholders are `$1` and so on. */
  text: string;
  /** Number of placeholders. */
  placeholders: number;
  /** Values to plan with. Null asks for the generic plan, which takes Postgres 16. */
  values: readonly unknown[] | null;
  /** Runs the statement, to measure it. */
  analyze?: boolean;
  /** Hypothetical indexes (`CREATE INDEX ON …`) for a second plan, made by HypoPG. */
  hypotheticalIndexes?: readonly string[];
  statementTimeoutMs: number;
  lockTimeoutMs: number;
};

/** Plans in the format of EXPLAIN (FORMAT JSON). `hypothetical` is null without hypothetical indexes. */
export type Explained = { plan: unknown; hypothetical: unknown };

export type Explain = (request: ExplainRequest) => Promise<Explained>;

/** Carries the result out of the transaction and rolls it back: an analyzed statement may have written. */
class Rollback extends Error {
  override readonly name = "Rollback";
  readonly explained: Explained;

  constructor(explained: Explained) {
    super("Explained and rolled back.");
    this.explained = explained;
  }
}

const limits = "select set_config('lock_timeout', $1, true)";
const createIndex = "select hypopg_create_index($1)";
const resetIndexes = "select hypopg_reset()";

const plans = (rows: readonly object[]): unknown => Object.values(rows[0] ?? {})[0];

function explainIn(client: TransactionClient, request: ExplainRequest): Promise<unknown> {
  const { text, placeholders, values, analyze = false } = request;
  const how = { prepare: false, shape: "objects", isSingle: true } as const;
  const options = ["format json", "verbose", "settings", ...(analyze ? ["analyze", "buffers"] : [])];
  if (values !== null || placeholders === 0) {
    const explain = `explain (${options.join(", ")}) ${text}`;
    return client.query({ text: explain, parameters: [...(values ?? [])], ...how }, plans);
  }
  return explainGeneric(client, `explain (${[...options, "generic_plan"].join(", ")}) ${text}`, request);
}

/**
 * A generic plan needs its placeholders unbound, as only the simple protocol sends them, and that one accepts any number
 * of commands. So the text is sent first by the extended protocol, which accepts one.
 */
async function explainGeneric(client: TransactionClient, explain: string, request: ExplainRequest): Promise<unknown> {
  const { text, placeholders } = request;
  const nulls = Array.from({ length: placeholders }, () => null);
  await client.query(
    { text: `explain (format json) ${text}`, parameters: nulls, prepare: false, shape: "objects" },
    () => undefined,
  );
  return client.query({ text: explain, parameters: [], prepare: false, shape: "objects" }, plans);
}

async function explainWithIndexes(client: TransactionClient, request: ExplainRequest): Promise<unknown> {
  const how = { prepare: false, shape: "objects", isSingle: true } as const;
  try {
    return await client.savepoint(async (within) => {
      for (const index of request.hypotheticalIndexes ?? []) {
        await within.query({ text: createIndex, parameters: [index], ...how }, () => undefined);
      }
      return explainIn(within, request);
    });
  } finally {
    // They belong to the session, not to the transaction.
    await client.query({ text: resetIndexes, parameters: [], ...how }, () => undefined);
  }
}

/**
 * EXPLAIN within a read-only transaction with time limits of its own, which is always rolled back. Rejects as statements
 * do: with a WeirError, or with the error that Postgres reported.
 */
export function createExplain(client: GatedClient, names: StatementNames): Explain {
  for (const text of [limits, createIndex, resetIndexes]) names.set(text, "plans.prepare");
  return async (request) => {
    const { statementTimeoutMs, lockTimeoutMs, hypotheticalIndexes = [] } = request;
    try {
      return await client.begin(
        async (within) => {
          await within.query(
            { text: limits, parameters: [String(lockTimeoutMs)], prepare: false, shape: "objects" },
            () => undefined,
          );
          const plan = await explainIn(within, request);
          const hypothetical = hypotheticalIndexes.length === 0 ? null : await explainWithIndexes(within, request);
          throw new Rollback({ plan, hypothetical });
        },
        { statementTimeoutMs, isReadOnly: true },
      );
    } catch (error) {
      if (error instanceof Rollback) return error.explained;
      throw error;
    }
  };
}
