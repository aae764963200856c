import { randomInt } from "node:crypto";
import { type Defect, defects } from "../interleavings/defects";
import { openPrograms, type Programs } from "../interleavings/program";
import { type Found, search } from "../interleavings/search";
import type { Suite, SuiteOptions, SuiteResult } from "../suite";

/** One process per available core. */
const lanes = 2;
const calmShare = 0.2;

/** The unmodified engine, in several processes with different seeds. */
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
      scene: true,
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

type Caught = Found & { name: string };

/** Engines with one defect each, one per process at a time, until it is found or the schedules run out. */
async function searchDefects(programs: Programs, most: number, seed: number, log: SuiteOptions["log"]) {
  const waiting = [...defects];
  const caught: Caught[] = [];
  const catchOne = async (defect: Defect): Promise<void> => {
    const { name, evictMarks, isStaged = false } = defect;
    const schedules = isStaged ? 0 : most;
    const calm = Math.ceil(schedules * calmShare);
    const program = await programs.add(defect);
    const result = await search({
      program,
      seed,
      calm,
      troubled: schedules - calm,
      evictMarks,
      shorten: false,
      scene: isStaged,
    });
    caught.push({ name, ...result });
    const mark = result.violation === null ? "✗ missed" : "✓ held  ";
    const after = isStaged ? "by the written schedule" : `after ${result.schedules.toLocaleString("en")} schedules`;
    log(`${mark} ${name}: ${result.violation === null ? `not found ${after}` : `${after}, ${result.violation}`}`);
  };
  const lane = async (): Promise<void> => {
    for (let defect = waiting.shift(); defect !== undefined; defect = waiting.shift()) await catchOne(defect);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return caught;
}

async function run({ quick, log }: SuiteOptions): Promise<SuiteResult> {
  const schedules = quick ? 4_000 : 100_000;
  const most = 40_000;
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
    const found = await searchDefects(programs, most, seed, log);
    const missed = found.filter(({ violation }) => violation === null).length + Math.min(violations.length, 1);
    return { held: defects.length + 1 - missed, missed, report: { seed, schedules: ran, violations, defects: found } };
  } finally {
    programs.remove();
  }
}

export const suite: Suite = {
  name: "interleavings",
  summary: "the cache engine under searched schedules, and with planted defects",
  quickSeconds: 100,
  fullSeconds: 240,
  run,
};
