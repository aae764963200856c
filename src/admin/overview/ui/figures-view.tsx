"use client";

import Link from "next/link";
import { noTarget, type TargetDraft } from "@/admin/cache/ui/target";
import { EmptyState } from "@/ui/feedback/empty-state";
import { inRange } from "@/ui/charts/outcomes-prepare";
import type { ReactNode } from "react";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { GroupsTable } from "./groups-table";
import { OutcomesPanel } from "./outcomes-panel";
import { Tiles } from "./tiles";
import { ProceduresTable, StatementsTable } from "./timing-tables";
import type { Opened } from "./use-dashboard-state";
import { VerdictList } from "./verdict-list";

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
export function Figures({ overview, filter, asTable, onAsTable, onOpen, onInvalidate }: Props) {
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
