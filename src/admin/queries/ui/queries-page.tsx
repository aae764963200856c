"use client";

import { useMemo } from "react";
import { useView } from "@/admin/frame/view/use-view";
import { ViewBar } from "@/admin/frame/view/view-bar";
import { useLive } from "@/admin/frame/view/use-live";
import { ChartGroup } from "@/ui/charts/chart-group";
import { FilterField } from "@/ui/controls/filter-field";
import { useTRPC } from "@/ui/rpc/provider";
import { Segments } from "@/ui/controls/choice";
import { findingsOf } from "./findings";
import { FindingsList } from "./findings-list";
import { AdvicePanel } from "./indexes/advice-panel";
import { useAdvice } from "./indexes/use-advice";
import { ServerStatistics } from "./server-statistics";
import { useQueriesState } from "./queries-state";
import { QueryCharts } from "./query-charts";
import { StatementSheet } from "./sheet/statement-sheet";
import { StatementsTable } from "./statements/statements-table";
import { statementsSort, toQuestion } from "./statements/statements-question";

const tabs = [
  { value: "statements", label: "Statements" },
  { value: "indexes", label: "Index advice" },
  { value: "server", label: "Postgres" },
] as const;

/** Which statements cost the database most, and why. */
export default function QueriesPage() {
  const trpc = useTRPC();
  const view = useView();
  const state = useQueriesState();
  const costliest = useLive(
    trpc.insights.statements.queryOptions({
      ...view.filter,
      compare: view.compare,
      ...toQuestion({ sort: statementsSort, filters: [] }, ""),
    }),
  );
  const advice = useAdvice().data?.advice;
  const findings = useMemo(() => findingsOf(costliest.data?.rows ?? [], advice), [costliest.data, advice]);
  return (
    <>
      <ViewBar title="Queries" shows={[costliest]}>
        <div className="min-w-0 max-sm:flex-1 [&>div]:w-full sm:[&>div]:w-52">
          <FilterField
            label="Filter the statements by name or SQL"
            placeholder="Name or SQL"
            value={state.search}
            onChange={state.setSearch}
          />
        </div>
      </ViewBar>
      <div className="mt-4 space-y-8">
        <FindingsList
          findings={findings}
          onEvidence={(evidence) => {
            if ("tab" in evidence) state.setTab(evidence.tab);
            else state.setOpen(evidence.open, evidence.sheet);
          }}
        />
        <ChartGroup onZoom={view.zoomTo}>
          <QueryCharts charted={state.charted} onCharted={state.setCharted} />
        </ChartGroup>
        <div>
          <Segments
            legend="Show"
            options={tabs}
            chosen={state.tab}
            onChoose={state.setTab}
            className="mb-4 [&>button]:flex-auto"
          />
          {state.tab === "statements" ? (
            <StatementsTable
              search={state.search}
              charted={state.charted}
              onOpen={(name) => state.setOpen(name)}
              onCharted={state.setCharted}
            />
          ) : state.tab === "indexes" ? (
            <AdvicePanel onOpen={(name) => state.setOpen(name, "plan")} />
          ) : (
            <ServerStatistics onOpen={(name) => state.setOpen(name)} />
          )}
        </div>
      </div>
      {state.open === null ? null : (
        <StatementSheet
          key={state.open}
          name={state.open}
          tab={state.sheet}
          onTab={state.setSheet}
          onClose={() => state.setOpen(null)}
        />
      )}
    </>
  );
}
