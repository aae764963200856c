import { openBundles } from "@weir/testkit/bundles";
import { startChild } from "../../../../../bench/cache-fleet/child";
import type { Suite, SuiteOptions, SuiteResult } from "../../../../../bench/suite";
import { formatTable } from "../../../../../bench/table";
import { describeTarget, holds, ratioTarget, type Target } from "../../../../../bench/targets";
import { pairedRatio } from "../../../../../bench/statistics";
import { interleave } from "../../../../../bench/rounds";
import { inTemporaryFolder } from "../../../../../bench/temporary-folder";
import type { Speed } from "../l1-admission/node";
import { policyNames, type PolicyName } from "../l1-admission/policies";
import { traceNames, type TraceName } from "../l1-admission/traces";

const nodeProgram = new URL("../l1-admission/node.ts", import.meta.url);
/** Room, as a share of all cities. */
const shares = [0.01, 0.1] as const;
/** What L1 uses, and what it would use otherwise. */
const chosen = "S3-FIFO";
const usual = "lru-cache";
/** What it may lose where LRU is at its best, in percentage points. */
const mostLostToShifts = -6;
/** Equal speed, with room for the noise between processes. */
const leastSpeed = 0.9;

type Replayed = { readonly trace: TraceName; readonly share: number; readonly ratios: ReadonlyMap<PolicyName, number> };

const percent = (ratio: number): string => (100 * ratio).toFixed(1);

function ratioTable(replayed: readonly Replayed[]): string {
  const rows = replayed.map(({ trace, share, ratios }) => [
    trace,
    `${percent(share)} %`,
    ...policyNames.map((name) => percent(ratios.get(name) ?? Number.NaN)),
  ]);
  return formatTable(["trace, hits in %", "room", ...policyNames], rows);
}

function speedTable(speeds: ReadonlyMap<PolicyName, Speed>): string {
  const rows = [...speeds].map(([name, { getNs, setNs, bytesPerEntry }]) => [
    name,
    getNs.toFixed(0),
    setNs.toFixed(0),
    bytesPerEntry.toFixed(0),
  ]);
  return formatTable(["policy", "get, ns", "set, ns", "bytes / entry"], rows, 1);
}

async function play({ quick, log }: SuiteOptions, folder: string): Promise<SuiteResult> {
  const reads = quick ? 1_000_000 : 5_000_000;
  const rounds = quick ? 3 : 10;
  const bundles = openBundles();
  try {
    const program = await bundles.add(nodeProgram);
    const ask = async (method: string, ...args: unknown[]): Promise<unknown> => {
      const child = startChild({ program, pidFolder: folder, execArgv: ["--expose-gc"] });
      try {
        return await child.call(method, ...args);
      } finally {
        await child.kill();
      }
    };
    log(`${rounds} rounds of get and set, each policy in its own process …`);
    const samples = await interleave({
      items: policyNames,
      rounds,
      random: Math.random,
      // The results of the node program.
      measure: async (name) => (await ask("measureSpeed", name)) as Speed,
    });
    // The least disturbed of the rounds: on a busy machine a get waits for the processor's caches.
    const speeds = new Map(
      [...samples].map(([name, all]): [PolicyName, Speed] => [
        name,
        {
          getNs: Math.min(...all.map(({ getNs }) => getNs)),
          setNs: Math.min(...all.map(({ setNs }) => setNs)),
          bytesPerEntry: Math.min(...all.map(({ bytesPerEntry }) => bytesPerEntry)),
        },
      ]),
    );
    log(`\n${speedTable(speeds)}\n`);
    log(`${traceNames.length} traces of ${reads} reads, at two sizes …`);
    const replayed: Replayed[] = [];
    for (const trace of traceNames) {
      for (const share of shares) {
        const ratios = new Map<PolicyName, number>();
        for (const name of policyNames) ratios.set(name, Number(await ask("replay", name, trace, share, reads)));
        replayed.push({ trace, share, ratios });
      }
    }
    log(`\n${ratioTable(replayed)}\n`);

    const targets: Target[] = replayed.map(({ trace, share, ratios }) => ({
      name: `hits of ${trace} with room for ${percent(share)} %, ${chosen} less ${usual}`,
      value: 100 * ((ratios.get(chosen) ?? 0) - (ratios.get(usual) ?? 0)),
      interval: null,
      bound: trace === "shifting" ? mostLostToShifts : 0,
      sense: "at least",
      unit: "%",
    }));
    const gets = (name: PolicyName): number[] => (samples.get(name) ?? []).map(({ getNs }) => getNs);
    const pairs = gets(usual).map((ns, round): [number, number] => [ns, gets(chosen)[round] ?? Number.NaN]);
    targets.push(ratioTarget(`speed of a get, ${chosen} : ${usual}`, leastSpeed, pairedRatio(pairs)));
    for (const target of targets) log(describeTarget(target));
    const held = targets.filter(holds).length;
    const report = {
      reads,
      speeds: Object.fromEntries(speeds),
      replayed: replayed.map((one) => ({ ...one, ratios: Object.fromEntries(one.ratios) })),
    };
    return { held, missed: targets.length - held, report };
  } finally {
    bundles.remove();
  }
}

export const suite: Suite = {
  name: "l1-admission",
  summary:
    "hit ratio, speed and memory of lru-cache, S3-FIFO, W-TinyLFU and SIEVE on the cities' popularity, with scans",
  quickSeconds: 90,
  fullSeconds: 400,
  run: (options) => inTemporaryFolder("l1-admission", (folder) => play(options, folder)),
};
