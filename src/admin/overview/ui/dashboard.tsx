"use client";

import { InvalidateDialog } from "@/admin/cache/ui/invalidate-dialog";
import { noTarget, type TargetDraft, useInvalidateState } from "@/admin/cache/ui/target";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { useShortcuts } from "@/ui/hooks/use-shortcuts";
import { OverviewBar } from "./overview-bar";
import { RowSheet } from "./row-sheet";
import { type Opened, ranges, useDashboardState } from "./dashboard-state";
import { useOverview } from "./use-overview";
import Link from "next/link";
import { EmptyState } from "@/ui/feedback/empty-state";
import { inRange } from "@/ui/charts/outcomes-prepare";
import type { ReactNode } from "react";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { GroupsTable, ProceduresTable, StatementsTable } from "./tables/metric-tables";
import { OutcomesPanel } from "./outcomes-panel";
import { Tiles } from "./tiles";
import { VerdictList } from "./verdict-list";
import { Skeleton } from "@/ui/feedback/skeleton";

const rangeWords = { "5m": "live", "15m": "15 minutes", "1h": "1 hour", "6h": "6 hours", "24h": "24 hours" } as const;

/** The dashboard: what the cache and the queries do, while they do it. */
export function Dashboard() {
  const state = useDashboardState();
  const invalidate = useInvalidateState();
  const overview = useOverview(state.range, state.includesAdmin, state.isPaused);
  const { data, error } = overview;
  const groups = data?.cache.groups.map(({ group }) => group) ?? [];

  useShortcuts([
    { keys: ".", does: "pause, and go live again", run: () => state.setPaused(!state.isPaused) },
    { keys: "i", does: "invalidate …", run: () => invalidate.open() },
    { keys: "t", does: "chart as a table, and back", run: () => state.setAsTable(!state.asTable) },
    { keys: "ArrowLeft ArrowRight", does: "through time, on the chart; with Shift to the next mark", run: null },
    ...ranges.map((range, index) => ({
      keys: String(index + 1),
      does: `range: ${rangeWords[range]}`,
      run: () => state.setRange(range),
    })),
  ]);

  return (
    <div>
      <OverviewBar state={state} overview={overview} onInvalidate={() => invalidate.open()} />
      {error === null ? null : (
        <div className="mt-2">
          <ProblemNotice
            cause={error}
            onRetry={overview.retry}
            isRetrying={overview.isLoading}
            {...(data === undefined
              ? {}
              : { children: <p className="mt-0.5 text-muted">The figures below are the last that came.</p> })}
          />
        </div>
      )}
      {data === undefined ? (
        error === null ? (
          <DashboardSkeleton />
        ) : null
      ) : (
        <div
          className={`mt-4 ${overview.isOfOtherRange || error !== null ? "opacity-60" : ""}`}
          aria-busy={overview.isOfOtherRange}
        >
          <Figures
            overview={data}
            filter={state.filter}
            asTable={state.asTable}
            onAsTable={state.setAsTable}
            onOpen={state.setOpened}
            onInvalidate={invalidate.open}
          />
        </div>
      )}
      {state.opened !== null && data !== undefined ? (
        <RowSheet
          opened={state.opened}
          overview={data}
          onInvalidate={(target) => {
            state.setOpened(null);
            invalidate.open(target);
          }}
          onClose={() => state.setOpened(null)}
        />
      ) : null}
      {invalidate.target === null ? null : (
        <InvalidateDialog
          draft={invalidate.target}
          onDraft={invalidate.change}
          groups={groups}
          onClose={invalidate.close}
        />
      )}
    </div>
  );
}

type SectionProps<Row> = {
  id: string;
  title: string;
  rows: readonly Row[];
  nameOf: (row: Row) => string;
  filter: string;
  /** Why there is nothing. */
  empty: string;
  children: (rows: Row[]) => ReactNode;
};

function Section<Row>({ id, title, rows, nameOf, filter, empty, children }: SectionProps<Row>) {
  const wanted = filter.trim().toLowerCase();
  const shown = rows.filter((row) => nameOf(row).toLowerCase().includes(wanted));
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="scroll-mt-16">
      <h2 id={`${id}-title`} className="mb-1 font-semibold">
        {title}{" "}
        <span className="caption ml-1 font-normal tabular-nums">
          {wanted === "" || rows.length === 0 ? "" : `${shown.length} of ${rows.length}`}
        </span>
      </h2>
      {rows.length === 0 ? (
        <EmptyState title={empty} />
      ) : shown.length === 0 ? (
        <EmptyState title={`No name here holds “${filter.trim()}”.`} />
      ) : (
        children(shown)
      )}
    </section>
  );
}

const groupName = ({ group }: { group: string }): string => group;
const rowName = ({ name }: { name: string }): string => name;

type Props = {
  overview: InsightsOverview;
  /** Narrows the tables to the names that hold it. */
  filter: string;
  asTable: boolean;
  onAsTable: (asTable: boolean) => void;
  onOpen: (opened: Opened) => void;
  onInvalidate: (target: TargetDraft) => void;
};

/** All figures of one answer, from the judgement down to the single statement. */
function Figures({ overview, filter, asTable, onAsTable, onOpen, onInvalidate }: Props) {
  const isQuiet = overview.cache.reads === 0 && overview.procedures.length === 0;
  return (
    <div className="space-y-9">
      <div className="space-y-6">
        {isQuiet ? (
          <div data-testid="quiet">
            <EmptyState title={`Nothing was asked ${inRange(overview.range)}.`}>
              <Link href="/" className="text-accent underline underline-offset-2">
                Search a city
              </Link>{" "}
              and come back: figures appear within two seconds.
            </EmptyState>
          </div>
        ) : (
          <VerdictList verdicts={overview.verdicts} />
        )}
        <Tiles overview={overview} />
      </div>
      <OutcomesPanel overview={overview} asTable={asTable} onAsTable={onAsTable} />
      <Section
        id="groups"
        title="Cache groups"
        rows={overview.cache.groups}
        nameOf={groupName}
        filter={filter}
        empty="No group was read in this range."
      >
        {(rows) => (
          <GroupsTable
            rows={rows}
            onOpen={(name) => onOpen({ kind: "group", name })}
            onInvalidate={(group) => onInvalidate({ ...noTarget, group })}
          />
        )}
      </Section>
      <Section
        id="procedures"
        title="Procedures"
        rows={overview.procedures}
        nameOf={rowName}
        filter={filter}
        empty="No procedure was called in this range."
      >
        {(rows) => <ProceduresTable rows={rows} onOpen={(name) => onOpen({ kind: "procedure", name })} />}
      </Section>
      <Section
        id="statements"
        title="Statements"
        rows={overview.statements}
        nameOf={rowName}
        filter={filter}
        empty="No statement ran in this range: the cache answered everything."
      >
        {(rows) => <StatementsTable rows={rows} onOpen={(name) => onOpen({ kind: "statement", name })} />}
      </Section>
    </div>
  );
}

const tiles = ["hit rate", "loads", "reads", "requests", "errors", "p95"] as const;
const verdicts = ["cache", "errors", "pool", "nodes"] as const;
const rows = ["a", "b", "c", "d", "e", "f"] as const;

/** Holds the places of the figures until they come. */
function DashboardSkeleton() {
  return (
    <div role="status" aria-label="The figures are on their way" className="mt-4 space-y-9">
      <div className="space-y-6">
        <div className="grid gap-x-10 md:grid-cols-2">
          {verdicts.map((verdict) => (
            <div key={verdict} className="h-[53px] space-y-2 border-t border-line pt-2.5">
              <Skeleton className="h-3.5 w-72 max-w-full" />
              <Skeleton className="h-3 w-52" />
            </div>
          ))}
        </div>
        <div className="grid grid-cols-2 gap-x-6 gap-y-5 md:grid-cols-3 xl:grid-cols-6">
          {tiles.map((tile) => (
            <div key={tile} className="h-[128px] space-y-2 border-t border-line-strong pt-2">
              <Skeleton className="h-3 w-20" />
              <Skeleton className="h-7 w-24" />
            </div>
          ))}
        </div>
      </div>
      <Skeleton className="h-[340px] w-full" />
      <div className="space-y-3">
        {rows.map((row) => (
          <Skeleton key={row} className="h-5 w-full" />
        ))}
      </div>
    </div>
  );
}
