"use client";

import { readsWithoutLoad } from "@weir/core/outcomes";
import type { ReactNode } from "react";
import { InvalidateButton } from "@/admin/cache/ui/invalidate-button";
import { noTarget, type TargetDraft } from "@/admin/cache/ui/target";
import type {
  CacheGroupRow,
  InsightMark,
  InsightsOverview,
  StatementRow,
  TimingRow,
} from "@/admin/insights/contract/overview";
import { outcomeLooks, OutcomeSwatch } from "@/ui/charts/outcomes";
import { Dialog } from "@/ui/feedback/dialog";
import { formatCount, formatDuration, formatShare } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { When } from "@/ui/format/when";
import type { Opened } from "./dashboard-state";
import { OutcomeBar, Percentile } from "./tables/cells";

function Facts({ facts }: { facts: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[1fr_auto]">
      {facts.map(([label, value]) => (
        <div key={label} className="col-span-2 grid grid-cols-subgrid border-t border-line py-1.5">
          <dt className="text-muted">{label}</dt>
          <dd className="text-right">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function timingFacts(row: TimingRow): (readonly [string, ReactNode])[] {
  const percentile = (ms: number | null) => <Percentile ms={ms} count={row.count} />;
  return [
    ["Count", <Reading key="count" of={{ value: formatCount(row.count), unit: "" }} />],
    ["Errors", <Reading key="errors" of={{ value: formatCount(row.errors), unit: "" }} />],
    ["Mean", percentile(row.meanMs)],
    ["p50", percentile(row.p50Ms)],
    ["p95", percentile(row.p95Ms)],
    ["p99", percentile(row.p99Ms)],
    ["Max", <Reading key="max" of={formatDuration(row.maxMs)} />],
    ["Total time", <Reading key="total" of={formatDuration(row.totalMs)} />],
  ];
}

function StatementSheet({ row }: { row: StatementRow }) {
  return (
    <>
      <h3 className="caption mb-1">SQL, with placeholders</h3>
      <pre
        className="mb-5 max-h-[45vh] overflow-auto rounded bg-sunken p-3 font-mono text-[12.5px] leading-relaxed whitespace-pre-wrap"
        tabIndex={0}
      >
        {row.text}
      </pre>
      <Facts
        facts={[
          ...timingFacts(row),
          [
            "Rows per call",
            <Reading key="rows" of={{ value: row.count === 0 ? "–" : (row.rows / row.count).toFixed(1), unit: "" }} />,
          ],
          ["Connection wait p95", <Percentile key="wait" ms={row.waitP95Ms} count={row.count} />],
          ["Total wait", <Reading key="waits" of={formatDuration(row.waitTotalMs)} />],
        ]}
      />
    </>
  );
}

type GroupSheetProps = {
  row: CacheGroupRow;
  /** The invalidations of this group; those by tag or key may affect it too. */
  marks: readonly InsightMark[];
  onInvalidate: (target: TargetDraft) => void;
};

function GroupSheet({ row, marks, onInvalidate }: GroupSheetProps) {
  return (
    <>
      <div className="mb-4 flex items-center justify-between gap-4">
        <p className="caption">Outcomes of reads in this range</p>
        <InvalidateButton
          label={`Invalidate ${row.group}…`}
          onOpen={() => onInvalidate({ ...noTarget, group: row.group })}
        />
      </div>
      <OutcomeBar outcomes={row.outcomes} className="mb-4" />
      <Facts
        facts={[
          ...outcomeLooks.map(
            ({ name, label }) =>
              [
                label,
                <span key={name} className="flex items-center justify-end gap-2">
                  <Reading of={{ value: formatCount(row.outcomes[name]), unit: "" }} />
                  <OutcomeSwatch name={name} />
                </span>,
              ] as const,
          ),
          ["Hit rate", <Reading key="hit" of={formatShare(row.hitRatio)} />],
          ["Hit p95", <Percentile key="hitP95" ms={row.hitP95Ms} count={readsWithoutLoad(row.outcomes)} />],
          ["Loads", <Reading key="loads" of={{ value: formatCount(row.loads), unit: "" }} />],
          ["Load p95", <Percentile key="loadP95" ms={row.loadP95Ms} count={row.loads} />],
        ]}
      />
      <h3 className="caption mt-6 mb-1">Manual invalidations of this group in this range</h3>
      {marks.length === 0 ? (
        <p className="border-t border-line py-1.5 text-muted">
          None. Writes invalidate the entries they affect automatically.
        </p>
      ) : (
        <ul>
          {marks.toReversed().map(({ id, at, mode, by }) => (
            <li key={id} className="flex gap-3 border-t border-line py-1.5">
              <When at={at} className="w-24 text-muted" />
              <span>{mode}</span>
              <span className="ml-auto min-w-0 truncate">{by}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function sheetOf(opened: Opened, overview: InsightsOverview, onInvalidate: (target: TargetDraft) => void): ReactNode {
  if (opened.kind === "statement") {
    const row = overview.statements.find(({ name }) => name === opened.name);
    return row === undefined ? null : <StatementSheet row={row} />;
  }
  if (opened.kind === "procedure") {
    const row = overview.procedures.find(({ name }) => name === opened.name);
    return row === undefined ? null : <Facts facts={timingFacts(row)} />;
  }
  const row = overview.cache.groups.find(({ group }) => group === opened.name);
  const marks = overview.marks?.filter(({ groups }) => groups.includes(opened.name)) ?? [];
  return row === undefined ? null : <GroupSheet row={row} marks={marks} onInvalidate={onInvalidate} />;
}

/** All metrics of one row, live while open. */
export function RowSheet({
  opened,
  overview,
  onInvalidate,
  onClose,
}: {
  opened: Opened;
  overview: InsightsOverview;
  onInvalidate: (target: TargetDraft) => void;
  onClose: () => void;
}) {
  return (
    <Dialog title={opened.name} shape="sheet" onClose={onClose}>
      {sheetOf(opened, overview, onInvalidate) ?? <p className="text-muted">No activity in this range.</p>}
    </Dialog>
  );
}
