/**
 * The seed of every generated test. It stands still, so that a run of `npm test` says the same about the same code;
 * `FAST_CHECK_SEED=random` (or a number) with `FAST_CHECK_RUNS` looks further, and what it finds becomes an example.
 */
import fc from "fast-check";
import { readVariable } from "./bootstrap/environment.js";

const seed = readVariable("FAST_CHECK_SEED") ?? "20261122";
const runs = readVariable("FAST_CHECK_RUNS");

fc.configureGlobal({
  ...(seed === "random" ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
});
