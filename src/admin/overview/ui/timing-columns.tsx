import type { TimingRow } from "@/admin/insights/contract/overview";
import { minSamples } from "@/ui/charts/outcomes-prepare";
import { formatCount, formatDuration, formatShare, readAloud } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import type { Column } from "./column";

/** A percentile, faded where it rests on few samples. */
export function Percentile({ ms, count }: { ms: number | null; count: number }) {
  const isLow = count < minSamples;
  return (
    <span className={isLow ? "text-muted italic" : ""} title={isLow ? `From ${count} samples only` : undefined}>
      <Reading of={formatDuration(ms)} />
    </span>
  );
}

/** A total with its share of all totals as a bar. */
function TotalWithShare({ ms, ofMs }: { ms: number; ofMs: number }) {
  const share = ofMs === 0 ? 0 : ms / ofMs;
  return (
    <span className="flex items-center justify-end gap-2" title={`${readAloud(formatShare(share))} of all`}>
      <Reading of={formatDuration(ms)} />
      <span aria-hidden className="block h-2 w-14 shrink-0 bg-sunken group-hover:bg-line">
        <span className="block h-full bg-accent" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="sr-only">{readAloud(formatShare(share))} of all</span>
    </span>
  );
}

type Timing = (row: TimingRow) => number | null;
const timings: readonly (readonly [id: string, label: string, title: string, Timing])[] = [
  ["mean", "Mean", "Mean time", (row) => row.meanMs],
  ["p50", "p50", "Half were quicker", (row) => row.p50Ms],
  ["p95", "p95", "95 of 100 were quicker", (row) => row.p95Ms],
  ["p99", "p99", "99 of 100 were quicker", (row) => row.p99Ms],
  ["max", "Max", "The slowest of all", (row) => row.maxMs],
];

/** The columns that procedures and statements share: counts, errors, times and the share of all time. */
export function timingColumns<Row extends TimingRow>(
  nameLabel: string,
  ofMs: number,
  more: readonly Column<Row>[],
): Column<Row>[] {
  return [
    {
      id: "name",
      label: nameLabel,
      title: "By name",
      width: "auto",
      value: (row) => row.name,
      cell: (row) => row.name,
    },
    {
      id: "count",
      label: "Count",
      title: "How often in this range",
      width: "76px",
      value: (row) => row.count,
      cell: (row) => <Reading of={{ value: formatCount(row.count), unit: "" }} />,
    },
    {
      id: "errors",
      label: "Errors",
      title: "How many failed",
      width: "64px",
      value: (row) => row.errors,
      cell: (row) => (
        <span className={row.errors === 0 ? "text-muted" : "font-medium text-act"}>
          <Reading of={{ value: formatCount(row.errors), unit: "" }} />
        </span>
      ),
    },
    ...timings.map(([id, label, title, read]): Column<Row> => ({
      id,
      label,
      title,
      width: "82px",
      value: read,
      cell: (row) => <Percentile ms={read(row)} count={row.count} />,
    })),
    ...more,
    {
      id: "total",
      label: "Total",
      title: "All of its time together, and its share of everybody's",
      width: "150px",
      value: (row) => row.totalMs,
      cell: (row) => <TotalWithShare ms={row.totalMs} ofMs={ofMs} />,
    },
  ];
}
