import { randomBytes } from "node:crypto";
import { inspect, parseArgs } from "node:util";
import { TRPCError } from "@trpc/server";
import { env } from "@/env.js";
import { readServicesState } from "@weir/embedded";
import { openRuntime, type Runtime } from "@/server/runtime";
import { WeirError } from "@weir/core/errors";
import { type BundledFeatures, loadFeatures } from "@/server/features";
import {
  detectPooling,
  explainRefusal,
  measureIndexes,
  ownSession,
  readTable,
  readTableName,
  touchTriggerSql,
} from "@weir/postgres";
import { examineDatabase, prepareTables } from "@/server/migrations";
import type { FeatureServers, FeatureSession, Invocation } from "@/server/rpc/feature-server";
import { printable, printableJson } from "@/server/log/printable";
import { UsageError } from "@/server/usage-error";
import { commandLine } from "./actor";
import type { Command } from "./command";
import { showProgress } from "./progress";
import { adminCommand } from "./commands/admin";
import { createAdoptCommand } from "./commands/adopt";
import { cacheCommand } from "./commands/cache";
import { createDoctorCommand } from "./commands/doctor";
import { createMigrateCommand } from "./commands/migrate";
import { queriesCommand } from "./commands/queries";
import { createNewCommand } from "./commands/new";
import { createRemoveCommand } from "./commands/remove";
import { createTrafficCommand } from "./commands/traffic";

const features = await loadFeatures();

/** The commands of the features, each with its feature's service. */
const featureCommands = Object.entries(features as FeatureServers).flatMap(([feature, { commands = [] }]) =>
  commands.map((command): Command => ({
    ...command,
    run: (invocation, openRunning) =>
      command.run(
        invocation,
        async () =>
          // A feature's command takes the service that the same feature created.
          (await openRunning()).sessionOf(feature, (label) =>
            showProgress(label, process.stderr),
          ) as FeatureSession<never>,
        commandLine,
      ),
  })),
);

const commands: readonly Command[] = [
  ...featureCommands,
  adminCommand,
  cacheCommand,
  queriesCommand,
  createDoctorCommand(async () =>
    examineDatabase(await findDatabase(), features, {
      mode: env.MIGRATE,
      poolMax: env.DATABASE_POOL_MAX,
      pooler: env.DATABASE_POOLER,
    }),
  ),
  createMigrateCommand({ features, databaseUrl: findDatabase }),
  createTrafficCommand(features, `http://127.0.0.1:${env.PORT}`),
  createNewCommand(process.cwd()),
  createAdoptCommand(process.cwd(), {
    databaseUrl: findDatabase,
    readTableName,
    readTable,
    measureIndexes,
    touchTriggerSql,
  }),
  createRemoveCommand(process.cwd()),
];

const usage = `Usage: npm run weir -- <command> [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join("\n")}

  --help    shows this help, or the help of one command
  --json    prints the result as one line of JSON; ./weir <command> --json prints it without the lines of npm run

Uses DATABASE_URL, REDIS_URL and QUEUE_REDIS_URL, or the services of a running npm start or npm run services.`;

async function findDatabase(): Promise<string> {
  const url = env.DATABASE_URL ?? (await readServicesState(env.DATA_DIR))?.postgres?.url;
  if (url !== undefined) return url;
  throw new UsageError(
    `No Postgres is running for the folder ${env.DATA_DIR}. Set DATABASE_URL, or start one with npm start or npm run services.`,
  );
}

/** All human-readable text is written here: names, keys, statements and messages of servers may contain anything. */
const print = (text: string): void => console.log(printable(text));
const complain = (text: string): void => console.error(printable(text));

let opened: Runtime<BundledFeatures> | undefined;

async function open(command: Command): Promise<Runtime<BundledFeatures>> {
  const running = await readServicesState(env.DATA_DIR);
  const databaseUrl = env.DATABASE_URL ?? running?.postgres?.url ?? null;
  const redisUrl = env.REDIS_URL ?? running?.cache?.url ?? null;
  const queueRedisUrl = env.QUEUE_REDIS_URL ?? running?.queue?.url ?? null;
  if (databaseUrl === null || redisUrl === null || queueRedisUrl === null) {
    throw new UsageError(
      `No Postgres and Redis are running for the folder ${env.DATA_DIR}. Start them with npm start or npm run services, set DATA_DIR to the folder of a running server, or set DATABASE_URL, REDIS_URL and QUEUE_REDIS_URL.`,
    );
  }
  // A database that a dashboard shares with its applications has no tables of features.
  const owners = featureCommands.includes(command) ? features : {};
  if (command.readsOnly !== true) await prepareTables(databaseUrl, owners, env.MIGRATE);
  opened = await openRuntime({
    features,
    nodeId: `cli-${process.pid}-${randomBytes(2).toString("hex")}`,
    databaseUrl,
    poolMax: 2,
    pooling: await detectPooling(databaseUrl, env.DATABASE_POOLER).catch((error: unknown) => {
      // Then nothing is sent, and commands that need only Redis still run.
      if (error instanceof WeirError && error.code === "DATABASE_UNAVAILABLE") return ownSession;
      throw error;
    }),
    redisUrl,
    queueRedisUrl,
    keyPrefix: env.KEY_PREFIX,
    disabled: new Set(env.WEIR_DISABLE),
    retention: {
      redisMinutes: env.TELEMETRY_REDIS_MINUTES,
      minuteDays: env.TELEMETRY_MINUTE_DAYS,
      hourDays: env.TELEMETRY_HOUR_DAYS,
    },
  });
  return opened;
}

async function run(words: readonly string[]): Promise<number> {
  const command = commands.find(({ name }) => name === words[0]);
  if (command === undefined) {
    const asksForHelp = words.length === 0 || words[0] === "--help" || words[0] === "-h";
    if (asksForHelp) print(usage);
    else complain(`Unknown command ${JSON.stringify(words[0])}.\n\n${usage}`);
    return asksForHelp ? 0 : 2;
  }
  const invocation: Invocation = parseArgs({
    args: words.slice(1),
    options: { ...command.options, help: { type: "boolean", short: "h" }, json: { type: "boolean" } },
    allowPositionals: true,
  });
  if (invocation.values["help"] === true) {
    print(command.usage);
    return 0;
  }
  const { text, data } = await command.run(invocation, () => open(command));
  if (invocation.values["json"] === true) console.log(printableJson(data));
  else print(text);
  return typeof data === "object" && data !== null && "ok" in data && data.ok === false ? 1 : 0;
}

/** Errors with a clear message are one line; all others include their stack. */
function explain(error: unknown): { line: string; status: number } {
  if (error instanceof UsageError) return { line: error.message, status: 2 };
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
    return { line: error.message, status: 2 };
  }
  if (error instanceof WeirError || error instanceof TRPCError) return { line: error.message, status: 1 };
  return { line: explainRefusal(error, env.DATABASE_URL ?? "")?.line ?? inspect(error), status: 1 };
}

let status = 0;
try {
  status = await run(process.argv.slice(2));
} catch (error) {
  const { line, status: failed } = explain(error);
  complain(line);
  status = failed;
} finally {
  await opened?.close();
}
process.exit(status);
