import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openBundles } from "@weir/testkit/bundles";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { createNotesDatabase, notesFeatures } from "@/dev/notes/test-notes";
import { notesForFeatures } from "@/dev/test-node";
import type { Check } from "./attack";
import { environmentOf, readProcedures } from "./services";
import { attacksOf, type Holdings, judgeAftermath, makeAttack, takeStock } from "./siege";
import { openTarget, type Target } from "./target";

const missed = (checks: readonly Check[]): string[] =>
  checks.filter(({ held }) => !held).map(({ name, evidence }) => `${name}: ${evidence}`);

// The attacks read the server's descriptors and memory from Linux's /proc.
describe.skipIf(!existsSync("/proc/self/fd"))("the quick half of the siege, on a node without pages", () => {
  const bundles = openBundles();
  const folder = mkdtempSync(join(tmpdir(), "weir-siege-"));
  let database: TestDatabase;
  let target: Target;
  let before: Holdings;

  beforeAll(async () => {
    const program = await bundles.add(new URL("../../src/main.ts", import.meta.url), notesForFeatures);
    database = await createNotesDatabase();
    const services = {
      databaseUrl: database.url,
      redisUrl: inject("redisUrl"),
      queueRedisUrl: inject("queueRedisUrl"),
    };
    target = await openTarget({
      program: [program, "--role", "api"],
      env: { ...environmentOf(services), KEY_PREFIX: testPrefix(), DATA_DIR: join(folder, "data") },
      hasPages: false,
      procedures: await readProcedures(services, notesFeatures),
      folder,
    });
    before = await takeStock(target);
  });
  afterAll(async () => {
    await target.stop();
    await database.drop();
    bundles.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  // Each password costs a hash on purpose, which is slow on a busy machine.
  test.each(attacksOf("quick", "no pages"))("$name", { timeout: 240_000 }, async (attack) => {
    const { checks } = await makeAttack(target, attack, "quick");
    expect(missed(checks)).toEqual([]);
    expect(checks.length).toBeGreaterThan(0);
  });

  test("what is left of it", async () => {
    expect(missed(await judgeAftermath(target, before))).toEqual([]);
  });
});
