import fc from "fast-check";
import { expect, test } from "vitest";
import { Sampler } from "./recorders";

function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("samples every event at a low rate", () => {
  const sampler = new Sampler(Math.random);
  expect(Array.from({ length: 150 }, () => sampler.draw()).every((weight) => weight === 1)).toBe(true);
});

test("samples few events at a high rate, weighted to add up to about the full count", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const sampler = new Sampler(seeded(seed));
      let looked = 0;
      let weighed = 0;
      for (let event = 0; event < 200_000; event += 1) {
        const weight = sampler.draw();
        if (weight > 0) looked += 1;
        weighed += weight;
      }
      expect(looked).toBeLessThan(5_000);
      expect(weighed).toBeGreaterThan(180_000);
      expect(weighed).toBeLessThan(220_000);
    }),
    { numRuns: 20 },
  );
});

test("samples every event again soon after a burst", () => {
  const sampler = new Sampler(seeded(7));
  for (let event = 0; event < 100_000; event += 1) sampler.draw();
  for (let turn = 0; turn < 20; turn += 1) sampler.turn();
  sampler.draw();
  expect(Array.from({ length: 100 }, () => sampler.draw())).toEqual(Array.from({ length: 100 }, () => 1));
});
