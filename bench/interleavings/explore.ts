/**
 * Runs schedules of the bundled engine: `node explore.mjs SEED CALM TROUBLED EVICT SHORTEN SCENE`. Prints progress as
 * lines of JSON, the last one with what was found; with SHORTEN 1 the shortest schedule that shows it, with SCENE 1
 * also what a schedule that is written out shows.
 */
import FakeTimers from "@sinonjs/fake-timers";
import fc from "fast-check";
import { playQueuedInvalidation } from "./scenes";
import { World } from "./world";

const [seedText = "1", calmText = "0", troubledText = "0", evictText = "0", shortenText = "1", sceneText = "0"] =
  process.argv.slice(2);
// The stacks of thousands of harmless errors are never read.
Error.stackTraceLimit = 0;
const realImmediate = setImmediate;
const timers = FakeTimers.install({
  now: 1_000_000,
  toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
});

/** Callbacks deferred to the next turn. */
let putOff: (() => void)[] = [];
// The engine takes none of them back.
Reflect.set(globalThis, "setImmediate", (work: (...args: unknown[]) => void, ...args: unknown[]) => {
  putOff.push(() => work(...args));
});

/** Resolves once all promises that can settle have settled. */
async function settle(): Promise<void> {
  for (;;) {
    await new Promise((resolve) => {
      realImmediate(resolve);
    });
    if (putOff.length === 0) return;
    const turn = putOff;
    putOff = [];
    for (const work of turn) work();
  }
}

let schedules = 0;
const say = (facts: object): void => void process.stdout.write(`${JSON.stringify(facts)}\n`);

async function explore(count: number, faults: { trouble: boolean; evictMarks: boolean }): Promise<string | null> {
  if (count === 0) return null;
  const property = fc.asyncProperty(
    fc.noShrink(fc.nat({ max: 0x7fff_ffff })),
    fc.array(fc.nat({ max: 0x7fff_ffff }), { minLength: 8, maxLength: 90, size: "max" }),
    async (swarm, choices) => {
      schedules += 1;
      if (schedules % 500 === 0) say({ schedules });
      const world = await World.open(timers, settle, faults, swarm);
      try {
        const violation = await world.run(choices);
        if (violation !== null) throw new Error(violation);
      } finally {
        await world.close();
        timers.reset();
        timers.setSystemTime(1_000_000);
      }
    },
  );
  const found = await fc.check(property, { seed: Number(seedText), numRuns: count, endOnFailure: shortenText === "0" });
  if (!found.failed) return null;
  const error = found.errorInstance instanceof Error ? found.errorInstance.message : String(found.errorInstance);
  return `${error} (seed ${found.seed}, path ${found.counterexamplePath}, ${found.counterexample?.[1].length} choices)`;
}

const scene = sceneText === "1" ? await playQueuedInvalidation(timers, settle) : null;
const calm = scene ?? (await explore(Number(calmText), { trouble: false, evictMarks: false }));
const violation = calm ?? (await explore(Number(troubledText), { trouble: true, evictMarks: evictText === "1" }));
say({ schedules, violation, done: true });
process.exit(0);
