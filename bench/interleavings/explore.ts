/**
 * Runs schedules of the engine that it was bundled with: `node explore.mjs SEED CALM TROUBLED EVICT`. Prints progress as
 * lines of JSON, the last one with what was found.
 */
import FakeTimers from "@sinonjs/fake-timers";
import fc from "fast-check";
import { World } from "./world";

const [seedText = "1", calmText = "0", troubledText = "0", evictText = "0"] = process.argv.slice(2);
const realImmediate = setImmediate;
const timers = FakeTimers.install({
  now: 1_000_000,
  toFake: [
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "setImmediate",
    "clearImmediate",
    "Date",
    "performance",
  ],
});

/** Twice as deep as the engine ever puts anything off. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await new Promise((resolve) => {
      realImmediate(resolve);
    });
    timers.tick(0);
  }
  await new Promise((resolve) => {
    realImmediate(resolve);
  });
}

let schedules = 0;
const say = (facts: object): void => void process.stdout.write(`${JSON.stringify(facts)}\n`);

async function explore(count: number, faults: { trouble: boolean; evictMarks: boolean }): Promise<string | null> {
  if (count === 0) return null;
  const property = fc.asyncProperty(
    fc.array(fc.nat({ max: 0x7fff_ffff }), { minLength: 8, maxLength: 90, size: "max" }),
    async (choices) => {
      schedules += 1;
      if (schedules % 500 === 0) say({ schedules });
      const world = await World.open(timers, settle, faults);
      try {
        const { violation } = await world.run(choices);
        if (violation !== null) throw new Error(violation);
      } finally {
        await world.close();
        timers.reset();
        timers.setSystemTime(1_000_000);
      }
    },
  );
  const found = await fc.check(property, { seed: Number(seedText), numRuns: count });
  if (!found.failed) return null;
  const error = found.errorInstance instanceof Error ? found.errorInstance.message : String(found.errorInstance);
  return `${error} (seed ${found.seed}, path ${found.counterexamplePath}, ${found.counterexample?.[0].length} choices)`;
}

const calm = await explore(Number(calmText), { trouble: false, evictMarks: false });
const violation = calm ?? (await explore(Number(troubledText), { trouble: true, evictMarks: evictText === "1" }));
say({ schedules, violation, done: true });
process.exit(0);
