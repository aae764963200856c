import { pathToFileURL } from "node:url";
import { openBundles } from "@weir/testkit/bundles";
import { findRedis } from "@weir/embedded";
import { type Column, judge } from "../cache-correctness/judge";
import { type Contender, findRivals } from "../cache-correctness/rivals";
import { scenarios } from "../cache-correctness/scenarios";
import { races } from "../cache-correctness/scenarios/races";
import { describeVerdict, type Verdict } from "../cache-correctness/verdict";
import { features } from "../cache-correctness/weir";
import { installing } from "../installing";
import type { Suite, SuiteOptions, SuiteResult } from "../suite";
import { inTemporaryFolder } from "../temporary-folder";
import { formatTable } from "../table";

const weirAdapter = new URL("../cache-correctness/weir.ts", import.meta.url);
const nodeProgram = new URL("../cache-correctness/node.ts", import.meta.url);
/** Replaces the fence inside the engine. */
const blindFence = {
  importer: /\/cache\/src\/create-cache\.ts$/u,
  specifier: "./invalidation/fence",
  replacement: new URL("../cache-correctness/planted-fence.ts", import.meta.url),
};
/** Concurrent rivals; more would disturb each other. */
const together = 3;

function tableOf(columns: readonly Column[]): string {
  const head = ["scenario", ...columns.map(({ contender: { name, version } }) => `${name} ${version}`.trim())];
  const rows = scenarios.map((scenario) => [
    scenario.name,
    ...columns.map(({ cells }) => {
      const verdict = cells.get(scenario);
      return verdict === undefined ? "" : describeVerdict(verdict);
    }),
  ]);
  return formatTable(head, rows, head.length);
}

const countOf = ({ cells }: Column, kind: Verdict["kind"]): number =>
  [...cells.values()].filter((verdict) => verdict.kind === kind).length;

async function play({ quick, log }: SuiteOptions, folder: string): Promise<SuiteResult> {
  const rivals = await findRivals(log);
  const { path: redisBinary } = await findRedis(installing(log));
  const bundles = openBundles();
  try {
    const [program, adapter, planted] = await Promise.all([
      bundles.add(nodeProgram),
      bundles.add(weirAdapter),
      bundles.add(weirAdapter, blindFence),
    ]);
    const tools = { nodeProgram: program, redisBinary, folder };
    const weir: Contender = { name: "Weir", version: "", adapter: pathToFileURL(adapter).href, features };
    const blind: Contender = { ...weir, name: "Weir without its fence", adapter: pathToFileURL(planted).href };
    const columns = [await judge(weir, scenarios, tools, log)];
    const caught = await judge(blind, races, tools, log);
    const asked = quick ? scenarios.filter(({ isBasic }) => isBasic === true) : scenarios;
    const waiting = [...rivals];
    const work = async (): Promise<void> => {
      for (let rival = waiting.shift(); rival !== undefined; rival = waiting.shift()) {
        columns.push(await judge(rival, asked, tools, log));
      }
    };
    await Promise.all(Array.from({ length: quick ? rivals.length : together }, work));
    const order = new Map(["Weir", ...rivals.map(({ name }) => name)].map((name, index) => [name, index]));
    columns.sort((a, b) => (order.get(a.contender.name) ?? 0) - (order.get(b.contender.name) ?? 0));

    log(`\n${tableOf(columns)}\n`);
    log(`A cell states what was wrong; "–" names a required feature that is missing.`);
    for (const column of columns) {
      const [held, broken, absent] = [countOf(column, "right"), countOf(column, "wrong"), countOf(column, "absent")];
      log(`${column.contender.name}: ${held} right, ${broken} wrong, ${absent} not applicable`);
    }
    const [own] = columns;
    const checks = [
      ...[...(own?.cells ?? [])].map(([{ name }, verdict]) => ({ name, held: verdict.kind === "right", verdict })),
      {
        name: "the matrix detects a Weir whose fence lets everything pass",
        held: countOf(caught, "wrong") === races.length,
        verdict: [...caught.cells.values()],
      },
    ];
    for (const { name, held } of checks) log(`${held ? "✓ held  " : "✗ missed"} ${name}`);
    const held = checks.filter((check) => check.held).length;
    const report = [...columns, caught].map(({ contender: { name, version }, cells }) => ({
      name,
      version,
      cells: Object.fromEntries([...cells].map(([scenario, verdict]) => [scenario.name, verdict])),
    }));
    return { held, missed: checks.length - held, report };
  } finally {
    bundles.remove();
  }
}

export const suite: Suite = {
  name: "cache-correctness",
  summary: "races, outages and lost messages: Weir and five Node caches, each node a process behind a fault proxy",
  quickSeconds: 115,
  fullSeconds: 420,
  run: (options) => inTemporaryFolder("matrix", (folder) => play(options, folder)),
};
