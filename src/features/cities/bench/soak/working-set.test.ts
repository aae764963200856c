import fc from "fast-check";
import { expect, it } from "vitest";
import { createRandom } from "../../../../../bench/fuzz/random";
import { weighted } from "./working-set";

const seed = fc.integer({ min: 1, max: 2 ** 31 });

it("never chooses an item of weight zero", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }), seed, (weights, first) => {
      fc.pre(weights.some((weight) => weight > 0));
      const choose = weighted(weights, (weight) => weight);
      const random = createRandom(first);
      for (let count = 0; count < 50; count += 1) expect(choose(random)).toBeGreaterThan(0);
    }),
  );
});

it("chooses in proportion to the weights", () => {
  const random = createRandom(3);
  const choose = weighted([1, 2, 7], (weight) => weight);
  const counts = new Map<number, number>();
  const rounds = 20_000;
  for (let count = 0; count < rounds; count += 1) {
    const chosen = choose(random);
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  }
  for (const weight of [1, 2, 7]) expect((counts.get(weight) ?? 0) / rounds).toBeCloseTo(weight / 10, 1.5);
});

it("throws when all weights are zero", () => {
  expect(() => weighted([0, 0], (weight) => weight)).toThrow("nothing to choose from");
});
