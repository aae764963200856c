import { median } from "../../../../../bench/statistics";
import { formatTable } from "../../../../../bench/table";
import type { Target } from "../../../../../bench/targets";
import { type Pair, type PairedMedian, pairedMedian } from "./paired-median";
import type { Row } from "./rows";
import type { Measured, Sample } from "./run-stint";
import type { Variant } from "./variants";

export type Cost = { row: Row; variant: Exclude<Variant, "off">; added: PairedMedian; cpuUs: number; offCpuUs: number };

const compared = ["recording", "no traces", "off again"] as const;

const samplesOf = (measured: readonly Measured[], variant: Variant): readonly Sample[] =>
  measured.flatMap(({ samples }) => samples.get(variant) ?? []);

/** The cost of each variant relative to a server that records nothing. `measured` has one item per row and generation. */
export function findCosts(measured: readonly Measured[], random: () => number): Cost[] {
  const rows = [...new Set(measured.map(({ row }) => row.name))];
  return rows.flatMap((name) => {
    const generations = measured.filter(({ row }) => row.name === name);
    const [first] = generations;
    if (first === undefined) return [];
    return compared.flatMap((variant): Cost[] => {
      const groups = generations.map(({ samples }) => {
        const off = samples.get("off") ?? [];
        return (samples.get(variant) ?? []).flatMap(({ cpuUs }, round): Pair[] => {
          const other = off[round];
          return other === undefined ? [] : [[cpuUs, other.cpuUs]];
        });
      });
      const added = pairedMedian(groups, random);
      if (added.pairs === 0) return [];
      const cpuOf = (of: Variant): number => median(samplesOf(generations, of).map(({ cpuUs }) => cpuUs));
      return [{ row: first.row, variant, added, cpuUs: cpuOf(variant), offCpuUs: cpuOf("off") }];
    });
  });
}

const percent = (ratio: number): number => (ratio - 1) * 100;
const show = (ratio: number): string => `${ratio < 1 ? "−" : "+"}${Math.abs(percent(ratio)).toFixed(1)} %`;

/** The costs as a table. */
export function tableOf(costs: readonly Cost[]): string {
  const head = ["path", "server", "CPU µs", "recording off", "added", "95 % interval", "pairs"];
  const rows = costs.map(({ row, variant, added, cpuUs, offCpuUs }) => [
    row.name,
    variant,
    cpuUs.toFixed(1),
    offCpuUs.toFixed(1),
    show(added.ratio),
    added.interval === null ? "" : added.interval.map(show).join(" to "),
    String(added.pairs),
  ]);
  return formatTable(head, rows);
}

/** The rows that have a bound. */
export function targetsOf(costs: readonly Cost[]): Target[] {
  return costs.flatMap(({ row, variant, added }): Target[] => {
    if (row.most === null || variant !== "recording") return [];
    const interval =
      added.interval === null ? null : ([percent(added.interval[0]), percent(added.interval[1])] as const);
    return [
      {
        name: `CPU time that recording adds to a request, ${row.name}`,
        value: percent(added.ratio),
        interval,
        bound: row.most,
        sense: "at most",
        unit: "%",
      },
    ];
  });
}
