import type { PlatformRuntime } from "@/server/runtime";
import { createInternalCaller } from "@/server/rpc/caller";
import { adviceText, explainText, statisticsText } from "../queries/describe";
import { type CommandResult, type Command, type Invocation, UsageError, wholeOption } from "../command";

type Action = (invocation: Invocation, runtime: PlatformRuntime) => Promise<CommandResult>;

const callerOf = (runtime: PlatformRuntime) => createInternalCaller(runtime, "command line");

function statementOf({ positionals }: Invocation): string {
  const [, name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError("Name one statement, such as order.byId.");
  return name;
}

const actions: Readonly<Record<string, Action>> = {
  statistics: async (invocation, runtime) => {
    const limit = wholeOption(invocation, "limit") ?? 20;
    const data = await callerOf(runtime).plans.statistics({ limit });
    return { text: statisticsText(data), data: { ok: data.isAvailable, ...data } };
  },
  explain: async (invocation, runtime) => {
    const variant = wholeOption(invocation, "variant") ?? 0;
    const named = { statement: statementOf(invocation), variant };
    const { plans } = callerOf(runtime);
    const data = await (invocation.values["analyze"] === true
      ? plans.analyze(named)
      : plans.explain({ ...named, fresh: true }));
    return { text: explainText(data), data };
  },
  advice: async (_invocation, runtime) => {
    const data = await callerOf(runtime).plans.advice({ fresh: true });
    return { text: adviceText(data), data };
  },
};

export const queriesCommand: Command = {
  name: "queries",
  summary: "says what statements cost, how Postgres runs them, and which indexes are missing or spare",
  usage: `Usage: npm run weir -- queries [statistics] [--limit N] [--json]
       npm run weir -- queries explain NAME [--variant N] [--analyze] [--json]
       npm run weir -- queries advice [--json]

  statistics   what pg_stat_statements has counted, largest total time first; or how to have it count
  explain      the plan of a statement by the name that the dashboard shows, such as order.byId. Runs nothing.
  --variant    which of several texts of that name; 0 is the first
  --analyze    runs it once to measure it, and records that: a SELECT that changes and locks nothing, and without
               placeholders, since the command line knows no values that were sent with it
  advice       missing and spare indexes, with the reason, the SQL, the Drizzle entry and the size of each. Changes nothing.

Ends with status 0; 1 when it failed or nothing is counted; 2 for a wrong call.`,
  options: {
    limit: { type: "string" },
    variant: { type: "string" },
    analyze: { type: "boolean" },
  },
  run: async (invocation, open) => {
    const [name = "statistics"] = invocation.positionals;
    const action = actions[name];
    if (action === undefined || (name !== "explain" && invocation.positionals.length > 1)) {
      throw new UsageError(`Say one of queries ${Object.keys(actions).join(", queries ")}; --help explains them.`);
    }
    return action(invocation, await open());
  },
};
