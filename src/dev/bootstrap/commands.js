// @ts-check
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { buildIsCurrent, ensureBuild, ensureServerBuild } from "./build.js";
import { readVariable, setVariables } from "./environment.js";
import { ensurePackages } from "./install.js";
import { runNode } from "./run-node.js";

const usage = `Usage: node bootstrap.js <command> [arguments]        (npm start, npm test, npm run <command>)

  start       installs and builds what is missing, starts Postgres and Redis, serves on PORT (3000)
  dev         the same application, reloading as its sources change
  services    only Postgres and the two Redis servers; prints their addresses
  weir        the command line: npm run weir -- --help
  bench       the benchmarks, with alternatives for comparison: npm run bench -- --help
  client:pack the typed client as an npm package, for programs of other repositories
  pack        the engines as npm packages, for other applications: npm run pack -- --help
  docs        writes the tables of the docs that are generated from the code
  check       types, lint, format, walls and dead code
  build       the server and the pages, if their sources have changed
  format      formats every file
  test        all of check, then the unit, integration and end-to-end tests; names of files or patterns run only those
  test:unit   the unit tests, which need no services`;

/**
 * Continues as another program in this process, which keeps signals, exit code and terminal.
 * @param {string} file
 * @param {string[]} args
 */
async function become(file, args) {
  const path = resolve(file);
  process.argv = [process.execPath, path, ...args];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(path).href);
}

/**
 * @param {string} file in TypeScript
 * @param {string[]} args
 */
async function becomeTypeScript(file, args) {
  const { register } = await import("tsx/esm/api");
  register();
  await become(file, args);
}

/** Variables that are already set take precedence over the file. */
function loadEnvironmentFile() {
  if (existsSync(".env")) process.loadEnvFile(".env");
}

/** Prints what Node warns of as records where the log is JSON, until the server has opened its log. */
function warnAsLogged() {
  if (readVariable("LOG_FORMAT") !== "json") return;
  process.removeAllListeners("warning");
  process.on("warning", ({ stack }) => {
    console.error(JSON.stringify({ level: "warn", time: new Date().toISOString(), msg: stack }));
  });
}

/** Whether a start uses servers that exist, and so needs no Postgres of its own. @param {string} words */
function usesOtherServers(words) {
  const urls = ["DATABASE_URL", "REDIS_URL", "QUEUE_REDIS_URL"].map(readVariable);
  return /--role[ =]dashboard\b/.test(words) || urls.every((url) => url !== undefined && url !== "");
}

/** @type {Record<string, (args: string[]) => Promise<void>>} */
const commands = {
  start: async (args) => {
    loadEnvironmentFile();
    const words = args.join(" ");
    const asksForHelp = args.includes("--help") || args.includes("-h");
    // A node without pages needs no build of them.
    const hasPages = !asksForHelp && !/--role[ =](?:api|worker)\b/.test(words);
    ensurePackages(usesOtherServers(words) && buildIsCurrent({ hasPages }) ? "production" : "all");
    if (hasPages) ensureBuild();
    else ensureServerBuild();
    setVariables({ NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" });
    warnAsLogged();
    await become("dist/main.js", args);
  },
  dev: async (args) => {
    loadEnvironmentFile();
    ensurePackages();
    setVariables({ NODE_ENV: "development", NEXT_TELEMETRY_DISABLED: "1" });
    await becomeTypeScript("src/dev/dev.ts", args);
  },
  services: async (args) => {
    loadEnvironmentFile();
    ensurePackages("all", process.stderr);
    await becomeTypeScript("src/dev/serve.ts", args);
  },
  weir: async (args) => {
    loadEnvironmentFile();
    ensurePackages(buildIsCurrent({ hasPages: false }) ? "production" : "all", process.stderr);
    ensureServerBuild();
    await become("dist/cli.js", args);
  },
  bench: async (args) => {
    ensurePackages();
    ensureBuild();
    await becomeTypeScript("bench/main.ts", args);
  },
  "client:pack": async (args) => {
    loadEnvironmentFile();
    ensurePackages("all", process.stderr);
    await becomeTypeScript("src/dev/pack/client.ts", args);
  },
  pack: async (args) => {
    ensurePackages("all", process.stderr);
    await becomeTypeScript("src/dev/pack/packages.ts", args);
  },
  docs: async (args) => {
    ensurePackages();
    await becomeTypeScript("src/dev/docs.ts", args);
  },
  check: async (args) => {
    ensurePackages();
    await becomeTypeScript("src/dev/check.ts", args);
  },
  build: async () => {
    loadEnvironmentFile();
    ensurePackages();
    ensureBuild();
    console.log("weir  The build is up to date.");
  },
  format: async (args) => {
    ensurePackages();
    runNode("Formatting", ["node_modules/oxfmt/bin/oxfmt", ...args]);
  },
  test: async (args) => {
    ensurePackages();
    await becomeTypeScript("src/dev/run-tests.ts", args);
  },
  "test:unit": async (args) => {
    ensurePackages();
    await becomeTypeScript("src/dev/run-tests.ts", ["--unit", ...args]);
  },
};

/**
 * Runs one of the commands in the folder of this clone, from any working directory.
 * @param {string | undefined} name
 * @param {string[]} args
 */
export async function runCommand(name, args) {
  process.chdir(resolve(import.meta.dirname, "../../.."));
  if (name === "--help" || name === "-h") {
    console.log(usage);
    return;
  }
  const command = name === undefined ? undefined : commands[name];
  if (command === undefined) {
    console.error(name === undefined ? usage : `Unknown command "${name}".\n\n${usage}`);
    process.exit(2);
  }
  await command(args);
}
