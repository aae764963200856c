import type { PlatformRuntime } from "@/server/runtime";
import { createInternalCaller } from "@/server/rpc/caller";
import { adviceText, explainText, statisticsText } from "../queries/describe";
import { type CommandResult, type Command, type Invocation, UsageError, wholeOption } from "../command";

type Action = (invocation: Invocation, runtime: PlatformRuntime) => Promise<CommandResult>;

const callerOf = (runtime: PlatformRuntime) => createInternalCaller(runtime, "command line");

function statementOf({ positionals }: Invocation): string {
  const [, name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError("Specify one statement, such as order.byId.");
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
  summary: "shows what statements cost, how Postgres runs them, and which indexes are missing or unused",
  usage: `Usage: npm run weir -- queries [statistics] [--limit N] [--json]
       npm run weir -- queries explain NAME [--variant N] [--analyze] [--json]
       npm run weir -- queries advice [--json]

  statistics   shows the counts of pg_stat_statements, largest total time first, or how to enable it
  explain      shows the plan of a statement, given by its name on the dashboard, such as order.byId. Runs nothing.
  --variant    selects one of several texts with the same name; 0 is the first
  --analyze    runs the statement once to measure it, and records this in the audit log. Only for a SELECT that
               changes and locks nothing and has no placeholders, because the command line has no recorded values.
  advice       lists missing and unused indexes, each with the reason, SQL, Drizzle entry and size. Changes nothing.

Exit status: 0 on success; 1 on failure or when nothing is counted; 2 for invalid arguments.`,
  options: {
    limit: { type: "string" },
    variant: { type: "string" },
    analyze: { type: "boolean" },
  },
  run: async (invocation, open) => {
    const [name = "statistics"] = invocation.positionals;
    const action = actions[name];
    if (action === undefined || (name !== "explain" && invocation.positionals.length > 1)) {
      throw new UsageError(`Choose an action: queries ${Object.keys(actions).join(", queries ")}. See --help.`);
    }
    return action(invocation, await open());
  },
};
