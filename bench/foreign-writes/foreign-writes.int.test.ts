import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { openBundles } from "@weir/testkit/bundles";
import { createTestDatabase, type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { createRandom } from "../fuzz/random";
import { type Bank, openBank } from "./accounts";
import { type Phase, type PhaseTools, runPhase } from "./run-phase";

// `npm run bench -- foreign-writes` judges a million reads by the bounds of docs/cache.md. Here a busy machine may stall
// everything for a while: the bound is far above those, and far below the hour for which a value stays fresh.
const phase: Phase = {
  name: "small",
  nodes: 2,
  reads: 10_000,
  shortestMs: 1_000,
  longestMs: 60_000,
  listens: true,
  sweepMs: 1_000,
  boundMs: 15_000,
};
const accounts = 800;
const bundles = openBundles();
let programs: PhaseTools["programs"];
let home: TestDatabase;
let bank: Bank;
let folder: string;
beforeAll(async () => {
  const [node, writer] = await Promise.all([
    bundles.add(new URL("node.ts", import.meta.url)),
    bundles.add(new URL("writer.ts", import.meta.url)),
  ]);
  programs = { node, writer };
});
afterAll(() => bundles.remove());
beforeEach(async () => {
  home = await createTestDatabase();
  bank = await openBank(home.url, accounts);
  folder = mkdtempSync(join(tmpdir(), "weir-foreign-"));
});
afterEach(async () => {
  await bank.close();
  await home.drop();
  rmSync(folder, { recursive: true });
});

const run = (changes: Partial<Phase>) =>
  runPhase(
    { ...phase, ...changes },
    {
      programs,
      folder,
      databaseUrl: home.url,
      writerUrl: bank.writerUrl,
      redisUrl: inject("redisUrl"),
      keyPrefix: testPrefix(),
      accounts,
      random: createRandom(1).next,
    },
  );

test(
  "no cached read stays behind what a program that knows nothing of Weir commits",
  { timeout: 120_000 },
  async () => {
    await bank.attach();
    // Nothing but the notifications tells the nodes.
    const { reads, writes, rollbacks, stale, failedReads } = await run({ sweepMs: 3_600_000 });
    expect(reads).toBeGreaterThanOrEqual(phase.reads);
    expect(writes).toBeGreaterThan(0);
    expect(rollbacks).toBeGreaterThan(0);
    expect({ stale: stale.slice(0, 5), failedReads }).toEqual({ stale: [], failedReads: 0 });
  },
);

test("where no node listens the sweep tells them", { timeout: 120_000 }, async () => {
  await bank.attach();
  const { reads, stale, failedReads } = await run({ listens: false });
  expect(reads).toBeGreaterThanOrEqual(phase.reads);
  expect({ stale: stale.slice(0, 5), failedReads }).toEqual({ stale: [], failedReads: 0 });
});

test("without the trigger the judge finds stale reads", { timeout: 120_000 }, async () => {
  const { stale } = await run({ boundMs: 1_000, reads: 0, shortestMs: 3_000 });
  expect(stale.length).toBeGreaterThan(0);
});
