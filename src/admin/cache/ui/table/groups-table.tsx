"use client";

import { readsWithoutLoad } from "@weir/core/outcomes";
import { OutcomeBar, Percentile } from "@/admin/overview/ui/tables/cells";
import { minSamples } from "@/ui/charts/chart-source";
import { formatLifetime } from "@/ui/format/lifetime";
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { When } from "@/ui/format/when";
import type { Column } from "@/ui/table/columns";
import { DataTable } from "@/ui/table/data-table";
import { InvalidateButton } from "../invalidate-button";
import type { GroupRow } from "./cache-rows";

const asCount = (value: number) => ({ value: formatCount(value), unit: "" });
const asWhen = (at: string | null) => (at === null ? "–" : <When at={at} />);

const columns: readonly Column<GroupRow>[] = [
  { id: "group", label: "Group", title: "Name", width: 170, value: (row) => row.group },
  {
    id: "reads",
    label: "Reads",
    title: "Reads per second in this range",
    width: 72,
    value: ({ metrics }) => metrics?.readsPerSecond ?? null,
    format: formatRate,
  },
  {
    id: "outcomes",
    label: "Outcomes",
    title: "Outcomes of the reads, sorted by the share that was not served from the cache",
    width: 170,
    isWideOnly: true,
    value: ({ metrics }) => (metrics === null || metrics.hitRatio === null ? null : 1 - metrics.hitRatio),
    cell: ({ metrics }) => (metrics === null ? "–" : <OutcomeBar outcomes={metrics.outcomes} className="ml-2" />),
  },
  {
    id: "hit",
    label: "Hit rate",
    title: "(hit + stale + negative) ÷ all reads except bypass",
    width: 74,
    value: ({ metrics }) => metrics?.hitRatio ?? null,
    format: formatShare,
    cell: ({ metrics }) => {
      const isLow = metrics !== null && metrics.reads < minSamples;
      return (
        <span className={isLow ? "text-muted italic" : ""} title={isLow ? `Only ${metrics.reads} reads` : undefined}>
          <Reading of={formatShare(metrics?.hitRatio ?? null)} />
        </span>
      );
    },
  },
  {
    id: "hitP95",
    label: "Hit p95",
    title: "95th percentile of reads without a load",
    width: 84,
    value: ({ metrics }) => metrics?.hitP95Ms ?? null,
    format: formatDuration,
    cell: ({ metrics }) =>
      metrics === null ? "–" : <Percentile ms={metrics.hitP95Ms} count={readsWithoutLoad(metrics.outcomes)} />,
  },
  {
    id: "loadP95",
    label: "Load p95",
    title: "95th percentile of loads",
    width: 84,
    value: ({ metrics }) => metrics?.loadP95Ms ?? null,
    format: formatDuration,
    cell: ({ metrics }) => (metrics === null ? "–" : <Percentile ms={metrics.loadP95Ms} count={metrics.loads} />),
  },
  {
    id: "loads",
    label: "Loads",
    title: "Loads from the database in this range",
    width: 70,
    isOptional: true,
    value: ({ metrics }) => metrics?.loads ?? null,
    format: asCount,
  },
  {
    id: "saved",
    label: "Saved",
    title: "Estimated database time saved: reads without a load × (median load − median hit)",
    width: 80,
    value: ({ metrics }) => metrics?.databaseTimeSavedMs ?? null,
    format: formatDuration,
  },
  {
    id: "entries",
    label: "Entries",
    title: "Entries in Redis now",
    width: 76,
    value: ({ contents }) => contents?.entries ?? null,
    format: asCount,
  },
  {
    id: "bytes",
    label: "Size",
    title: "Memory used in Redis now",
    width: 84,
    value: ({ contents }) => contents?.bytes ?? null,
    format: formatBytes,
  },
  {
    id: "ttl",
    label: "Fresh for",
    title: "How long a value is fresh; the sheet has the rest",
    width: 76,
    value: ({ contents }) => contents?.definition?.freshMs ?? null,
    cell: ({ contents }) =>
      contents === null || contents.definition === null ? "–" : formatLifetime(contents.definition.freshMs),
  },
  {
    id: "evictions",
    label: "Evicted",
    title: "Entries evicted from the memory of the nodes in this range",
    width: 72,
    value: ({ metrics }) => metrics?.evictions ?? null,
    format: asCount,
  },
  {
    id: "invalidated",
    label: "Invalidated",
    title: "Last invalidation of the whole group, by a user or by a write",
    width: 92,
    value: ({ contents }) =>
      contents === null || contents.invalidatedAt === null ? null : Date.parse(contents.invalidatedAt),
    cell: ({ contents }) => asWhen(contents?.invalidatedAt ?? null),
  },
];

const byReads = { id: "reads", desc: true };
const groupOf = ({ group }: GroupRow): string => group;
const isQuiet = ({ metrics }: GroupRow): boolean => metrics === null;

type Props = {
  rows: readonly GroupRow[] | undefined;
  search: string;
  /** What is missing, in a sentence. */
  partial: string | null;
  problem?: React.ReactNode;
  onOpen: (group: string) => void;
  onInvalidate: (group: string) => void;
};

/** One row for each cache group: its traffic in the range, and what it holds now. */
export function GroupsTable({ rows, search, partial, problem, onOpen, onInvalidate }: Props) {
  return (
    <DataTable
      name="groups"
      title="Groups"
      rows={rows}
      columns={columns}
      sort={byReads}
      keyOf={groupOf}
      search={search}
      partial={partial}
      problem={problem}
      isDimmed={isQuiet}
      empty={{
        title: "No cache groups are defined.",
        children: "Define one with cache.define in a feature; its reads appear here within two seconds.",
      }}
      onOpen={(row) => onOpen(row.group)}
      renderAction={({ group }) => (
        <InvalidateButton isCompact label={`Invalidate ${group}…`} onOpen={() => onInvalidate(group)} />
      )}
    />
  );
}
