import { type Magnitudes, magnitudeBuckets } from "@weir/core/sketches/magnitudes";
import type { MagnitudesMetric } from "./metric";

/** Ends of powers of two, so that the counts are exact: few of things, by four for bytes. */
const countEdges = [0, 1, 3, 7, 15, 31, 63, 127];
const byteEdges = [255, 1_023, 4_095, 16_383, 65_535, 262_143, 1_048_575, 4_194_303];

/** The upper edges under which whole numbers are told; each belongs to its bucket. */
export function edgesOf({ unit }: Pick<MagnitudesMetric, "unit">): readonly number[] {
  return unit === "bytes" ? byteEdges : countEdges;
}

/** How many were at most each edge. An edge is the end of a power of two, 2^n - 1, and bucket n ends there. */
export function upToEdges({ buckets }: Magnitudes, edges: readonly number[]): number[] {
  let seen = 0;
  let bucket = 0;
  return edges.map((edge) => {
    const last = Math.min(magnitudeBuckets - 1, Math.log2(edge + 1));
    for (; bucket <= last; bucket += 1) seen += buckets[bucket] ?? 0;
    return seen;
  });
}
