"use client";

import { type CacheGroupRow, readsWithoutLoad } from "@/admin/insights/contract/overview";
import { minSamples } from "@/ui/charts/outcomes-prepare";
import { formatCount, formatShare } from "@/ui/format/numbers";
import { InvalidateButton } from "@/admin/cache/ui/invalidate-button";
import { Reading } from "@/ui/format/reading";
import type { Column } from "./column";
import { DataTable } from "./data-table";
import { OutcomeBar } from "./outcome-bar";
import { Percentile } from "./timing-columns";

const columns: readonly Column<CacheGroupRow>[] = [
  { id: "group", label: "Group", title: "By name", width: "auto", value: (row) => row.group, cell: (row) => row.group },
  {
    id: "reads",
    label: "Reads",
    title: "Keys read in this range",
    width: "84px",
    value: (row) => row.reads,
    cell: (row) => <Reading of={{ value: formatCount(row.reads), unit: "" }} />,
  },
  {
    id: "outcomes",
    label: "Outcomes",
    title: "How the reads ended, sorted by the part that the database felt",
    width: "300px",
    value: (row) => (row.hitRatio === null ? null : 1 - row.hitRatio),
    cell: (row) => <OutcomeBar outcomes={row.outcomes} className="ml-6" />,
  },
  {
    id: "hit",
    label: "Hit rate",
    title: "(hit + stale + negative) ÷ all reads but bypass",
    width: "84px",
    value: (row) => row.hitRatio,
    cell: (row) => (
      <span
        className={row.reads < minSamples ? "text-muted italic" : ""}
        title={row.reads < minSamples ? `From ${row.reads} reads only` : undefined}
      >
        <Reading of={formatShare(row.hitRatio)} />
      </span>
    ),
  },
  {
    id: "loads",
    label: "Loads",
    title: "How often the database was asked",
    width: "76px",
    value: (row) => row.loads,
    cell: (row) => <Reading of={{ value: formatCount(row.loads), unit: "" }} />,
  },
  {
    id: "hitP95",
    label: "Hit p95",
    title: "Of reads answered without a load: 95 of 100 were quicker",
    width: "92px",
    value: (row) => row.hitP95Ms,
    cell: (row) => <Percentile ms={row.hitP95Ms} count={readsWithoutLoad(row.outcomes)} />,
  },
  {
    id: "loadP95",
    label: "Load p95",
    title: "Of loads: 95 of 100 were quicker",
    width: "92px",
    value: (row) => row.loadP95Ms,
    cell: (row) => <Percentile ms={row.loadP95Ms} count={row.loads} />,
  },
];

const byReads = { id: "reads", desc: true };
const groupOf = (row: CacheGroupRow): string => row.group;

type Props = { rows: CacheGroupRow[]; onOpen: (group: string) => void; onInvalidate: (group: string) => void };

/** One row per group of cached values. */
export function GroupsTable({ rows, onOpen, onInvalidate }: Props) {
  return (
    <DataTable
      name="groups"
      caption="Cache groups with their outcomes and times"
      rows={rows}
      columns={columns}
      fallbackSort={byReads}
      keyOf={groupOf}
      onOpen={(row) => onOpen(row.group)}
      renderAction={({ group }) => (
        <InvalidateButton isCompact label={`Invalidate ${group} …`} onOpen={() => onInvalidate(group)} />
      )}
      minWidth="940px"
    />
  );
}
