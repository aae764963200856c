import type { GatedClient } from "./gated-client";
import type { StatementNames } from "./trace";
import type { TransactionClient } from "./transaction";

export type ExplainRequest = {
  /** One statement; placeholders are `$1` and so on. */
  text: string;
  /** How many placeholders it has. */
  placeholders: number;
  /** Values to plan with. Null asks for the plan that serves all values, which takes Postgres 16. */
  values: readonly unknown[] | null;
  /** Runs the statement, to measure it. */
  analyze?: boolean;
  /** Indexes (`CREATE INDEX ON …`) that HypoPG is to pretend, for a second plan. */
  pretend?: readonly string[];
  statementTimeoutMs: number;
  lockTimeoutMs: number;
};

/** What EXPLAIN (FORMAT JSON) answered. `pretended` is null unless indexes were to be pretended. */
export type Explained = { plan: unknown; pretended: unknown };

export type Explain = (request: ExplainRequest) => Promise<Explained>;

/** Ends the transaction without a trace: a statement that was run may have done what only a commit makes last. */
class Undo extends Error {
  override readonly name = "Undo";
  readonly explained: Explained;

  constructor(explained: Explained) {
    super("Done, and rolled back.");
    this.explained = explained;
  }
}

const limits = "select set_config('lock_timeout', $1, true)";
const pretendIndex = "select hypopg_create_index($1)";
const forgetIndexes = "select hypopg_reset()";

const plans = (rows: readonly object[]): unknown => Object.values(rows[0] ?? {})[0];

function explainIn(client: TransactionClient, request: ExplainRequest): Promise<unknown> {
  const { text, placeholders, values, analyze = false } = request;
  const how = { prepare: false, shape: "objects", isSingle: true } as const;
  const options = ["format json", "verbose", "settings", ...(analyze ? ["analyze", "buffers"] : [])];
  if (values !== null || placeholders === 0) {
    const explain = `explain (${options.join(", ")}) ${text}`;
    return client.ask({ text: explain, parameters: [...(values ?? [])], ...how }, plans);
  }
  return explainForAll(client, `explain (${[...options, "generic_plan"].join(", ")}) ${text}`, request);
}

/**
 * A plan for all values wants its placeholders bare, as only the simple protocol sends them, and that one takes any
 * number of commands. So Postgres is asked first by the other protocol, which takes one.
 */
async function explainForAll(client: TransactionClient, explain: string, request: ExplainRequest): Promise<unknown> {
  const { text, placeholders } = request;
  const nulls = Array.from({ length: placeholders }, () => null);
  await client.ask(
    { text: `explain (format json) ${text}`, parameters: nulls, prepare: false, shape: "objects" },
    () => undefined,
  );
  return client.ask({ text: explain, parameters: [], prepare: false, shape: "objects" }, plans);
}

async function explainPretending(client: TransactionClient, request: ExplainRequest): Promise<unknown> {
  const how = { prepare: false, shape: "objects", isSingle: true } as const;
  try {
    return await client.savepoint(async (within) => {
      for (const index of request.pretend ?? []) {
        await within.ask({ text: pretendIndex, parameters: [index], ...how }, () => undefined);
      }
      return explainIn(within, request);
    });
  } finally {
    // They belong to the session and not to the transaction.
    await client.ask({ text: forgetIndexes, parameters: [], ...how }, () => undefined);
  }
}

/**
 * EXPLAIN within a transaction that reads only, gives up by itself and is always rolled back. Fails as statements do:
 * with a WeirError, or with what Postgres reported.
 */
export function createExplain(client: GatedClient, names: StatementNames): Explain {
  for (const text of [limits, pretendIndex, forgetIndexes]) names.set(text, "plans.prepare");
  return async (request) => {
    const { statementTimeoutMs, lockTimeoutMs, pretend = [] } = request;
    try {
      return await client.begin(
        async (within) => {
          await within.ask(
            { text: limits, parameters: [String(lockTimeoutMs)], prepare: false, shape: "objects" },
            () => undefined,
          );
          const plan = await explainIn(within, request);
          throw new Undo({ plan, pretended: pretend.length === 0 ? null : await explainPretending(within, request) });
        },
        { statementTimeoutMs, isReadOnly: true },
      );
    } catch (error) {
      if (error instanceof Undo) return error.explained;
      throw error;
    }
  };
}
