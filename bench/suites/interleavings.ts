import { randomInt } from "node:crypto";
import { defects } from "../interleavings/defects";
import { openPrograms } from "../interleavings/program";
import { type Found, search } from "../interleavings/search";
import type { Suite, SuiteOptions, SuiteResult } from "../suite";

/** As many processes as there are cores to be had. */
const lanes = 2;
const calmShare = 0.2;

/** The engine as it is, in several processes with seeds of their own. */
async function searchEngine(program: string, schedules: number, seed: number, log: SuiteOptions["log"]) {
  const each = Math.ceil(schedules / lanes);
  const calm = Math.ceil(each * calmShare);
  const counts = Array.from({ length: lanes }, () => 0);
  const sum = (): number => counts.reduce((total, count) => total + count, 0);
  let said = 0;
  const begun = Array.from({ length: lanes }, (_, lane) =>
    search({
      program,
      seed: seed + lane,
      calm,
      troubled: each - calm,
      progress: (count) => {
        counts[lane] = count;
        if (sum() - said < schedules / 10) return;
        said = sum();
        log(`${said.toLocaleString("en")} of ${schedules.toLocaleString("en")} schedules`);
      },
    }),
  );
  return Promise.all(begun);
}

async function run({ quick, log }: SuiteOptions): Promise<SuiteResult> {
  const schedules = quick ? 4_000 : 100_000;
  const most = quick ? 4_000 : 20_000;
  const seed = randomInt(1, 2 ** 30);
  const programs = openPrograms();
  try {
    log(`Seeds ${seed} and on. The engine itself, two nodes, ${schedules.toLocaleString("en")} schedules:`);
    const results = await searchEngine(await programs.add(null), schedules, seed, log);
    const ran = results.reduce((sum, result) => sum + result.schedules, 0);
    const violations = results.flatMap(({ violation }) => violation ?? []);
    log(`${violations.length === 0 ? "✓ held  " : "✗ missed"} ${ran.toLocaleString("en")} schedules, no rule broken`);
    for (const violation of violations) log(`  ${violation}`);

    log("Engines with a planted defect, each of which must be found:");
    const found: (Found & { name: string })[] = [];
    for (const defect of defects) {
      const program = await programs.add(defect);
      const calm = Math.ceil(most * calmShare);
      const { evictMarks } = defect;
      const result = await search({ program, seed, calm, troubled: most - calm, evictMarks });
      found.push({ name: defect.name, ...result });
      const mark = result.violation === null ? "✗ missed" : "✓ held  ";
      log(`${mark} ${defect.name}: ${result.violation ?? `not found in ${most.toLocaleString("en")} schedules`}`);
    }
    const missed = found.filter(({ violation }) => violation === null).length + Math.min(violations.length, 1);
    return { held: defects.length + 1 - missed, missed, report: { seed, schedules: ran, violations, defects: found } };
  } finally {
    programs.remove();
  }
}

export const suite: Suite = {
  name: "interleavings",
  summary: "the cache engine under schedules that are searched, and under planted defects",
  quickSeconds: 120,
  fullSeconds: 900,
  run,
};
