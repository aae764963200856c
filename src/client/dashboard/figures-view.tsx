"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import type { InsightsOverview } from "@/contracts/insights";
import { GroupsTable } from "./groups-table";
import { OutcomesPanel } from "./outcomes-panel";
import { Tiles } from "./tiles";
import { ProceduresTable, StatementsTable } from "./timing-tables";
import type { Opened } from "./use-dashboard-state";
import { VerdictList } from "./verdict-list";
import { judge } from "./verdicts";

type SectionProps = { id: string; title: string; count: number; empty: string; children: ReactNode };

function Section({ id, title, count, empty, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} className="mb-1 font-semibold">
        {title}
      </h2>
      {count === 0 ? <p className="border-t border-line py-3 text-muted">{empty}</p> : children}
    </section>
  );
}

type Props = {
  overview: InsightsOverview;
  asTable: boolean;
  onAsTable: (asTable: boolean) => void;
  onOpen: (opened: Opened) => void;
};

/** All figures of one answer, from the judgement down to the single statement. */
export function Figures({ overview, asTable, onAsTable, onOpen }: Props) {
  const isQuiet = overview.cache.reads === 0 && overview.procedures.length === 0;
  return (
    <div className="space-y-9">
      <Tiles overview={overview} />
      {isQuiet ? (
        <p className="border-t border-line py-3" data-testid="quiet">
          Nothing was asked in the last {overview.range}.{" "}
          <Link href="/" className="text-accent underline underline-offset-2">
            Search a city
          </Link>{" "}
          and come back: figures appear within two seconds.
        </p>
      ) : (
        <VerdictList verdicts={judge(overview)} />
      )}
      <OutcomesPanel overview={overview} asTable={asTable} onAsTable={onAsTable} />
      <Section
        id="groups"
        title="Cache groups"
        count={overview.cache.groups.length}
        empty="No group was read in this range."
      >
        <GroupsTable rows={overview.cache.groups} onOpen={(name) => onOpen({ kind: "group", name })} />
      </Section>
      <Section
        id="procedures"
        title="Procedures"
        count={overview.procedures.length}
        empty="No procedure was called in this range."
      >
        <ProceduresTable rows={overview.procedures} onOpen={(name) => onOpen({ kind: "procedure", name })} />
      </Section>
      <Section
        id="statements"
        title="Statements"
        count={overview.statements.length}
        empty="No statement ran in this range: the cache answered everything."
      >
        <StatementsTable rows={overview.statements} onOpen={(name) => onOpen({ kind: "statement", name })} />
      </Section>
    </div>
  );
}
