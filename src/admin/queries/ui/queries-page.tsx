"use client";

import { useView } from "@/admin/frame/view/use-view";
import { ViewBar } from "@/admin/frame/view/view-bar";
import { useLive } from "@/admin/frame/view/use-live";
import { ChartGroup } from "@/ui/charts/chart-group";
import { FilterField } from "@/ui/controls/filter-field";
import { useTRPC } from "@/ui/rpc/provider";
import { useQueriesState } from "./queries-state";
import { QueryCharts } from "./query-charts";
import { StatementSheet } from "./sheet/statement-sheet";
import { StatementsTable } from "./statements/statements-table";
import { statementsSort, toQuestion } from "./statements/statements-question";

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
        <ChartGroup onZoom={view.zoomTo}>
          <QueryCharts charted={state.charted} onCharted={state.setCharted} />
        </ChartGroup>
        <StatementsTable
          search={state.search}
          charted={state.charted}
          onOpen={(name) => state.setOpen(name)}
          onCharted={state.setCharted}
        />
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
