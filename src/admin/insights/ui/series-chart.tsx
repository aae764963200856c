"use client";

import { type ReactNode, useMemo } from "react";
import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import type { HeatMap, WantedSeries } from "@/admin/insights/contract/series";
import type { ChartSource, ChartThreshold } from "@/ui/charts/chart-source";
import { TimeSeriesChart } from "@/ui/charts/time-series-chart";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { useTRPC } from "@/ui/rpc/provider";
import { type ChartedSeries, toHeatMapSource, toLinesSource, toStackSource } from "./series-source";

type Props = {
  title: string;
  caption?: ReactNode;
  /** Each becomes a line, or an area of a stack. They have one unit. At most nine, ten without `samples`. */
  series: readonly ChartedSeries[];
  /** The series whose values are the number of samples: intervals with fewer than 20 fade. */
  samples?: WantedSeries;
  /** Stacks the series; names their sum. */
  stackedAs?: string;
  /** Draws the durations of this series as a heat map in place of lines. */
  heatMap?: Pick<HeatMap, "kind" | "name"> | null;
  thresholds?: readonly ChartThreshold[];
  height?: number;
  headingAs?: "h2" | "h3";
  showsMarkers?: boolean;
  actions?: ReactNode;
};

const noSeries: readonly ChartedSeries[] = [];
const noThresholds: readonly ChartThreshold[] = [];

/**
 * A chart of series that the server reads, for the range, the nodes and the comparison of the view. `name: "*"` charts all
 * of a kind: `{ kind: "sql", name: "*", field: "p95Ms", label: "p95" }`. Keep `series` outside the component or memoised.
 */
export function SeriesChart(props: Props) {
  const { title, caption, series, samples, heatMap = null, height, headingAs, showsMarkers, actions } = props;
  const { stackedAs, thresholds = noThresholds } = props;
  const trpc = useTRPC();
  const view = useView();
  const drawn = heatMap === null ? series : noSeries;
  const live = useLive(
    trpc.insights.series.queryOptions({
      ...view.filter,
      compare: view.compare,
      wanted: [...drawn.map(({ wanted }) => wanted), ...(samples === undefined || heatMap !== null ? [] : [samples])],
      heatMap,
    }),
  );
  const { data } = live;
  const hasSamples = samples !== undefined;
  const source = useMemo((): ChartSource | undefined => {
    if (data === undefined) return undefined;
    if (data.heatMap !== null) return toHeatMapSource(title, data, data.heatMap);
    if (stackedAs !== undefined) return toStackSource(title, series, data, { hasSamples, totalLabel: stackedAs });
    return toLinesSource(title, series, data, { hasSamples, thresholds });
  }, [data, title, series, stackedAs, hasSamples, thresholds]);
  return (
    <div className={live.isOfOtherInput || (live.error !== null && data !== undefined) ? "opacity-60" : ""}>
      <TimeSeriesChart
        title={title}
        source={source}
        caption={caption}
        actions={actions}
        {...(height === undefined ? {} : { height })}
        {...(headingAs === undefined ? {} : { headingAs })}
        {...(showsMarkers === undefined ? {} : { showsMarkers })}
        {...(live.error !== null && data === undefined
          ? { problem: <ProblemNotice cause={live.error} onRetry={live.retry} isRetrying={live.isLoading} /> }
          : {})}
      />
    </div>
  );
}
