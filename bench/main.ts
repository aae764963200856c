import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findSuites } from "./find-suites";
import { describeMachine } from "./machine";
import type { Suite, SuiteResult } from "./suite";
import { gatherVersions } from "./versions";

/** The suites of the platform and of the features. */
const root = join(import.meta.dirname, "..");
const ofFeatures = readdirSync(join(root, "src/features")).map((name) =>
  join(root, "src/features", name, "bench/suites"),
);
const folders = [join(root, "bench/suites"), ...ofFeatures.filter((folder) => existsSync(folder))];
const suites = (await Promise.all(folders.map((folder) => findSuites(folder))))
  .flat()
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));

function usage(): string {
  const width = Math.max(...suites.map(({ name }) => name.length));
  const lines = suites.map(
    ({ name, summary, quickSeconds, fullSeconds }) =>
      `  ${name.padEnd(width)}  ${summary}\n  ${" ".repeat(width)}  about ${fullSeconds} s, with --quick ${quickSeconds} s`,
  );
  return `Usage: npm run bench -- [suite…] [--quick] [--json FILE]

Measures and compares with targets. Without a name it runs every suite in turn.
The last line states how many targets were met. Exit status: 0 when all were met, 1 otherwise.

${lines.join("\n")}

  --quick      fewer rounds, and only measurements with a target
  --json FILE  writes all measurements, with the machine and versions, to FILE`;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { quick: { type: "boolean" }, json: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage()}`);
  }
}

const { values, positionals } = readArguments();
if (values.help === true) {
  console.log(usage());
  process.exit(0);
}
const chosen = positionals.length === 0 ? suites : positionals.map((name) => find(name));

function find(name: string): Suite {
  return suites.find((suite) => suite.name === name) ?? fail(`Unknown suite "${name}".\n\n${usage()}`);
}

// The services of a suite end with this process, which also cleans up their folder.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

const quick = values.quick === true;
const results: Record<string, SuiteResult & { seconds: number }> = {};
for (const suite of chosen) {
  console.log(`\n── ${suite.name}${quick ? " (quick)" : ""}: ${suite.summary}`);
  const began = performance.now();
  const result = await suite.run({ quick, log: (text) => console.log(text) });
  results[suite.name] = { ...result, seconds: Math.round((performance.now() - began) / 1000) };
}

if (values.json !== undefined) {
  const versions = await gatherVersions();
  const file = { machine: describeMachine(), versions, quick, suites: results };
  writeFileSync(values.json, `${JSON.stringify(file, null, 2)}\n`);
}
const all = Object.values(results);
const held = all.reduce((sum, result) => sum + result.held, 0);
const missed = all.reduce((sum, result) => sum + result.missed, 0);
console.log(`\n${held} held, ${missed} missed`);
// Nothing may keep running.
process.exit(missed === 0 ? 0 : 1);
