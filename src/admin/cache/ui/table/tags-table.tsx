"use client";

import { readsWithoutLoad } from "@weir/core/outcomes";
import { OutcomeBar, Percentile } from "@/admin/overview/ui/tables/cells";
import { formatCount, formatDuration, formatRate, formatShare } from "@/ui/format/numbers";
import { When } from "@/ui/format/when";
import type { Column } from "@/ui/table/columns";
import { DataTable } from "@/ui/table/data-table";
import { membersOf, type TagRow } from "./cache-rows";

const asCount = (value: number) => ({ value: formatCount(value), unit: "" });

const columns: readonly Column<TagRow>[] = [
  { id: "family", label: "Tags", title: "All tags with this beginning", width: 150, value: (row) => row.family },
  {
    id: "reads",
    label: "Reads",
    title: "Reads per second of entries that have such a tag",
    width: 76,
    value: ({ metrics }) => metrics?.readsPerSecond ?? null,
    format: formatRate,
  },
  {
    id: "outcomes",
    label: "Outcomes",
    title: "Outcomes of the reads, sorted by the share that was not served from the cache",
    width: 190,
    isWideOnly: true,
    value: ({ metrics }) => (metrics === null || metrics.hitRatio === null ? null : 1 - metrics.hitRatio),
    cell: ({ metrics }) => (metrics === null ? "–" : <OutcomeBar outcomes={metrics.outcomes} className="ml-2" />),
  },
  {
    id: "hit",
    label: "Hit rate",
    title: "(hit + stale + negative) ÷ all reads except bypass",
    width: 76,
    value: ({ metrics }) => metrics?.hitRatio ?? null,
    format: formatShare,
  },
  {
    id: "hitP95",
    label: "Hit p95",
    title: "95th percentile of reads without a load",
    width: 88,
    value: ({ metrics }) => metrics?.hitP95Ms ?? null,
    format: formatDuration,
    cell: ({ metrics }) =>
      metrics === null ? "–" : <Percentile ms={metrics.hitP95Ms} count={readsWithoutLoad(metrics.outcomes)} />,
  },
  {
    id: "loadP95",
    label: "Load p95",
    title: "95th percentile of loads that a read waited for",
    width: 88,
    value: ({ metrics }) => metrics?.loadP95Ms ?? null,
    format: formatDuration,
    cell: ({ metrics }) => (metrics === null ? "–" : <Percentile ms={metrics.loadP95Ms} count={metrics.loads} />),
  },
  {
    id: "entries",
    label: "Entries",
    title: "Entries in Redis with such a tag, counted once for each tag",
    width: 80,
    value: ({ contents }) => contents?.entries ?? null,
    format: asCount,
  },
  {
    id: "busiest",
    label: "Busiest",
    title: "The most read tag; the sheet lists more",
    width: 170,
    align: "left",
    isWideOnly: true,
    value: (row) => membersOf(row)[0]?.tag ?? null,
    cell: (row) => <span className="font-mono text-[12.5px]">{membersOf(row)[0]?.tag ?? "–"}</span>,
  },
  {
    id: "invalidations",
    label: "Invalidations",
    title: "Invalidations of such tags, as far back as the log goes",
    width: 100,
    value: ({ contents }) => contents?.invalidations ?? null,
    format: asCount,
  },
  {
    id: "invalidated",
    label: "Last",
    title: "The last invalidation of such a tag, by a user or by a write",
    width: 92,
    value: ({ contents }) =>
      contents === null || contents.invalidatedAt === null ? null : Date.parse(contents.invalidatedAt),
    cell: ({ contents }) =>
      contents === null || contents.invalidatedAt === null ? "–" : <When at={contents.invalidatedAt} />,
  },
];

const byReads = { id: "reads", desc: true };
const familyOf = ({ family }: TagRow): string => family;
const isQuiet = ({ metrics }: TagRow): boolean => metrics === null;

type Props = {
  rows: readonly TagRow[] | undefined;
  search: string;
  /** What is missing, in a sentence. */
  partial: string | null;
  problem?: React.ReactNode;
  onOpen: (family: string) => void;
};

/** One row for each family of tags. A tag is invalidated from the sheet: a family itself has no invalidation. */
export function TagsTable({ rows, search, partial, problem, onOpen }: Props) {
  return (
    <DataTable
      name="tags"
      title="Tags"
      rows={rows}
      columns={columns}
      sort={byReads}
      keyOf={familyOf}
      search={search}
      partial={partial}
      problem={problem}
      isDimmed={isQuiet}
      empty={{
        title: "No entry has a tag.",
        children:
          "Return tags from a group’s definition, for example note:42, and a write can invalidate every entry that depends on it.",
      }}
      onOpen={(row) => onOpen(row.family)}
    />
  );
}
