import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createGate, type Permit } from "./gate";

type Step =
  | { kind: "arrive"; patienceMs: number | null }
  | { kind: "finish"; which: number }
  | { kind: "finishTwice"; which: number }
  | { kind: "pass"; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("arrive" as const), patienceMs: fc.option(fc.nat(200)) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("finish" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("finishTwice" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(100) }) },
);

/** Runs a script against a gate and checks after every step what must always hold. */
async function run(max: number, queueLimit: number, script: readonly Step[]): Promise<void> {
  let nowMs = 0;
  const gate = createGate({ max, queueLimit, acquireTimeoutMs: 1_000_000, now: () => nowMs });
  const held: Permit[] = [];
  const granted: number[] = [];
  let arrived = 0;
  let turnedAway = 0;

  async function check(): Promise<void> {
    await nextTurn();
    const { inUse, queued } = gate.stats();
    expect(inUse).toBe(held.length);
    expect(inUse).toBeLessThanOrEqual(max);
    expect(queued).toBeLessThanOrEqual(queueLimit);
    expect(arrived).toBe(granted.length + turnedAway + queued);
    // A free permit beside a queued request would be a lost permit.
    expect(queued > 0 && inUse < max).toBe(false);
    expect(granted.toSorted((a, b) => a - b)).toEqual(granted);
  }

  function finish(which: number): Permit | undefined {
    const permit = held[which % Math.max(1, held.length)];
    if (permit === undefined) return undefined;
    held.splice(held.indexOf(permit), 1);
    permit.release();
    return permit;
  }

  for (const action of script) {
    if (action.kind === "pass") nowMs += action.ms;
    if (action.kind === "finish") finish(action.which);
    if (action.kind === "finishTwice") finish(action.which)?.release();
    if (action.kind === "arrive") {
      const number = arrived;
      arrived += 1;
      // Far enough away that no timer fires: patience decides only whether the wait is begun.
      const deadlineAtMs = action.patienceMs === null ? null : nowMs + 500_000 + action.patienceMs;
      gate.enter({
        deadlineAtMs,
        admit: (permit) => {
          held.push(permit);
          granted.push(number);
        },
        refuse: () => (turnedAway += 1),
      });
    }
    await check();
  }
  while (held.length > 0) {
    finish(0);
    await check();
  }
  await gate.close();
}

test("permits are never lost or doubled, never exceed max, and go out in the order of arrival", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 5 }),
      fc.array(step, { maxLength: 60 }),
      run,
    ),
    { numRuns: 150 },
  );
});
