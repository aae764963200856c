"use client";

import { lazy, type ReactNode, Suspense, useId, useState } from "react";
import { Skeleton } from "../feedback/skeleton";
import { useIsHydrated } from "../hooks/use-is-hydrated";
import type { ChartSource } from "./chart-source";

// The canvas and everything that prepares it are a chunk of their own, loaded by the first chart of a page.
const ChartBody = lazy(async () => ({ default: (await import("./chart-body")).ChartBody }));

type Props = {
  /**
   * The normalised series; undefined while they load. Keep the same object while the data is the same: a new one is
   * drawn again.
   */
  source: ChartSource | undefined;
  /** The heading; by default the title of the source. */
  title: string;
  /** Small words beside the heading: `per 5 s, by outcome`. */
  caption?: ReactNode;
  /** Height of the canvas in CSS pixels. */
  height?: number;
  /** The element of the heading. */
  headingAs?: "h2" | "h3";
  /** Controls the switch between chart and table; without it the chart keeps the choice itself. */
  view?: { asTable: boolean; onAsTable: (asTable: boolean) => void };
  /** Lists the markers in words below the chart. Useful once per page. */
  showsMarkers?: boolean;
  /** Controls beside the heading. */
  actions?: ReactNode;
  /** Shown in place of the chart when its data could not be read. */
  problem?: ReactNode;
};

/**
 * A chart over time: lines, a stack of areas, or a heat map of durations, by `source.shape`. All charts inside a
 * `ChartGroup` share a crosshair and zoom together. It can be read as a table, by keyboard and by screen readers.
 */
export function TimeSeriesChart(props: Props) {
  const { source, title, caption, height = 236, headingAs: Heading = "h2", view, showsMarkers = false } = props;
  const id = useId();
  const [own, setOwn] = useState(false);
  const isHydrated = useIsHydrated();
  const { asTable, onAsTable } = view ?? { asTable: own, onAsTable: setOwn };
  const placeholder = <Skeleton className="h-full w-full" />;
  return (
    <section aria-labelledby={id} aria-busy={source === undefined} className="min-w-0">
      <div className="flex items-baseline justify-between gap-3">
        <Heading className="min-w-0 font-semibold">
          <span id={id}>{title}</span>
          {caption === undefined ? null : <span className="caption ml-2 font-normal">{caption}</span>}
        </Heading>
        <span className="flex shrink-0 items-baseline gap-3">
          {props.actions}
          <button
            type="button"
            aria-pressed={asTable}
            className="caption shrink-0 underline decoration-line-strong underline-offset-2 hover:text-ink"
            onClick={() => onAsTable(!asTable)}
          >
            {asTable ? "View as chart" : "View as table"}
          </button>
        </span>
      </div>
      <div className="mt-2">
        {props.problem !== undefined ? (
          props.problem
        ) : source === undefined || !isHydrated ? (
          <Reserved height={height}>{placeholder}</Reserved>
        ) : (
          <Suspense fallback={<Reserved height={height}>{placeholder}</Reserved>}>
            <ChartBody source={source} asTable={asTable} height={height} showsMarkers={showsMarkers} />
          </Suspense>
        )}
      </div>
    </section>
  );
}

/** Keeps the place of the chart while it loads. A ref sets the height, since the policy forbids a style in the HTML. */
function Reserved({ height, children }: { height: number; children: ReactNode }) {
  return (
    <div
      ref={(element) => {
        if (element !== null) element.style.height = `${height + 64}px`;
      }}
    >
      {children}
    </div>
  );
}
