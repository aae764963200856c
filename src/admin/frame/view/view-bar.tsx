"use client";

import type { ReactNode } from "react";
import { useTRPC } from "@/ui/rpc/provider";
import { PageBar } from "../page-bar";
import { MissingNotice } from "./missing-notice";
import { NodeFilter } from "./node-filter";
import { RangeControl } from "./range-control";
import { RefreshControl } from "./refresh-control";
import { type Live, useLive } from "./use-live";
import { useView } from "./use-view";
import { useViewShortcuts } from "./use-view-shortcuts";
import { ViewOptions } from "./view-options";

type Props = {
  title: string;
  /** What the page shows: the bar tells the age of the oldest. */
  shows: readonly Pick<Live<unknown>, "arrivedAtMs" | "refreshMs" | "error">[];
  /** False for a page whose procedures have no comparison. */
  canCompare?: boolean;
  /** Filter and actions of the page. */
  children?: ReactNode;
};

/** The server answers from memory. */
const statusEveryMs = 2_000;

/**
 * The bar of a page with metrics: range, refreshing, nodes, comparison, and the page's own controls; below it what is
 * missing from the metrics, if anything is.
 */
export function ViewBar({ title, shows, canCompare = true, children }: Props) {
  const view = useView();
  const trpc = useTRPC();
  const status = useLive(trpc.insights.status.queryOptions(), { everyMs: statusEveryMs });
  useViewShortcuts(view, canCompare);
  return (
    <>
      <PageBar title={title}>
        <RangeControl view={view} className="max-sm:order-1 max-sm:w-full" />
        <div className="max-sm:ml-auto">
          <RefreshControl view={view} shows={shows} />
        </div>
        <NodeFilter view={view} nodes={status.data?.nodes ?? null} />
        <div className="flex items-center gap-2 max-sm:order-2 max-sm:w-full md:ml-auto">
          {children}
          <ViewOptions view={view} canCompare={canCompare} />
        </div>
      </PageBar>
      <MissingNotice view={view} status={status} />
    </>
  );
}
