import { existsSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { env } from "@/env.js";
import { startTemporaryServices } from "@weir/embedded";
import type { Target } from "../bench/siege/target";
import { openProductionTarget } from "../bench/siege/production";
import { attacksOf, judgeAftermath, makeAttack, takeStock } from "../bench/siege/siege";

test("attacks on the pages, and the state afterwards", async () => {
  // The attacks read the server's descriptors and memory from Linux's /proc.
  test.skip(!existsSync("/proc/self/fd"));
  test.setTimeout(300_000);
  // A server of its own: it is stopped in the end, and its addresses are locked out.
  const services = await startTemporaryServices({ install: env.WEIR_INSTALL });
  let target: Target | null = null;
  try {
    target = await openProductionTarget(services);
    const before = await takeStock(target);
    for (const attack of attacksOf("quick", "pages")) {
      const { checks } = await makeAttack(target, attack, "quick");
      expect.soft(checks.length, attack.name).toBeGreaterThan(0);
      for (const { name, held, evidence } of checks)
        expect.soft(held, `${attack.name}, ${name}: ${evidence}`).toBe(true);
    }
    for (const { name, held, evidence } of await judgeAftermath(target, before)) {
      expect.soft(held, `afterwards, ${name}: ${evidence}`).toBe(true);
    }
  } finally {
    await target?.stop();
    await services.close();
  }
});
