import type { Record } from "./record";

/** Milliseconds from the call of `invalidate`, after the commit, to the moment in question. */
export type Delays = { count: number; p50: number; p99: number; max: number };

export type Coherence = {
  /** Until the call resolved: this node serves nothing older. */
  local: Delays;
  /** Until another node had applied the log entry; nodes that cleared their memory instead are excluded. */
  others: Delays;
  /** Until a call with `wait: "fleet"` resolved: no node serves anything older. */
  fleet: Delays;
};

/** The quantile of the values; NaN without values. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function delaysOf(values: readonly number[]): Delays {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
  };
}

/** How long the invalidations called in this period, and timed separately, took to reach all nodes. */
export function measureCoherence(records: Iterable<Record>, fromNs: number, untilNs: number): Coherence {
  const local: number[] = [];
  const fleet: number[] = [];
  const begunAtNs = new Map<number, number>();
  const heard: Record[] = [];
  for (const record of records) {
    const { kind, atNs, begunNs, epoch } = record;
    if (kind === "heard") heard.push(record);
    if (begunNs < fromNs || begunNs >= untilNs) continue;
    if (kind === "applied" || kind === "fleet") begunAtNs.set(epoch, begunNs);
    if (kind === "applied") local.push((atNs - begunNs) / 1e6);
    if (kind === "fleet") fleet.push((atNs - begunNs) / 1e6);
  }
  const others: number[] = [];
  for (const { epoch, atNs } of heard) {
    const begunNs = begunAtNs.get(epoch);
    if (begunNs !== undefined) others.push((atNs - begunNs) / 1e6);
  }
  return { local: delaysOf(local), others: delaysOf(others), fleet: delaysOf(fleet) };
}

export function describeDelays({ count, p50, p99, max }: Delays): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(0)} ms, max ${max.toFixed(0)} ms (${count})`;
}
