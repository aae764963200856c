/**
 * The seed of every generated test. It is fixed, so that `npm test` is reproducible; `FAST_CHECK_SEED=random` (or a
 * number) with `FAST_CHECK_RUNS` searches further, and findings become examples.
 */
import fc from "fast-check";
import { readVariable } from "./bootstrap/environment.js";

const seed = readVariable("FAST_CHECK_SEED") ?? "20261122";
const runs = readVariable("FAST_CHECK_RUNS");

fc.configureGlobal({
  ...(seed === "random" ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
});
