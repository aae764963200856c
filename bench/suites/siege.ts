import { env } from "@/env.js";
import { startTemporaryServices } from "@weir/embedded";
import type { Check } from "../siege/attack";
import { openProductionTarget } from "../siege/production";
import { attacksOf, judgeAftermath, makeAttack, takeStock } from "../siege/siege";
import type { Suite, SuiteOptions, SuiteResult } from "../suite";

const line = ({ held, name, evidence }: Check): string => `${held ? "✓ held  " : "✗ missed"} ${name}: ${evidence}`;

async function run({ quick, log }: SuiteOptions): Promise<SuiteResult> {
  const scale = quick ? "quick" : "full";
  const services = await startTemporaryServices({ install: env.WEIR_INSTALL });
  try {
    log("Starting the production build with its pages …");
    const target = await openProductionTarget(services);
    const report: { attack: string; checks: Check[] }[] = [];
    const note = (attack: string, checks: Check[]): void => {
      report.push({ attack, checks });
      for (const check of checks) log(line(check));
    };
    try {
      const before = await takeStock(target);
      for (const attack of attacksOf(scale, "all")) {
        const began = performance.now();
        const { checks, unmeasured } = await makeAttack(target, attack, scale);
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        const holds = target.isAlive()
          ? `${Math.round(target.residentMb())} MB, ${target.descriptors()} descriptors`
          : "dead";
        log(`\n${attack.name} (${seconds} s, then ${holds})`);
        note(attack.name, checks);
        for (const { name, reason } of unmeasured) log(`– not measured  ${name}: ${reason}`);
      }
      log("\nafterwards");
      note("afterwards", await judgeAftermath(target, before));
    } finally {
      await target.stop();
    }
    const all = report.flatMap(({ checks }) => checks);
    const held = all.filter((check) => check.held).length;
    return { held, missed: all.length - held, report };
  } finally {
    await services.close();
  }
}

export const suite: Suite = {
  name: "siege",
  summary:
    "attacks the production build from outside: requests, sessions, slow clients, floods, and the state afterwards",
  quickSeconds: 60,
  fullSeconds: 120,
  run,
};
