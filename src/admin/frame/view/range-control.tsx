"use client";

import { ChevronDown } from "lucide-react";
import { lazy, Suspense } from "react";
import type { InsightRange } from "@/admin/insights/contract/ranges";
import { Segments } from "@/ui/controls/choice";
import { Menu, menuItemLook } from "@/ui/controls/menu";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { localTimeZone } from "@/ui/format/zoned-time";
import { describeRange, rangeLabels, rangeWords } from "./range-words";
import type { View } from "./use-view";

const onBar = ["5m", "15m", "1h", "6h", "24h", "7d"] as const satisfies readonly InsightRange[];
const inMenu = ["30d", "90d"] as const satisfies readonly InsightRange[];
type OnBar = (typeof onBar)[number];
const isOnBar = (range: unknown): range is OnBar => onBar.some((name) => name === range);

const CustomRangeForm = lazy(() => import("./custom-range-form"));

/** The range: the usual ones side by side, the long ones and a custom one in a menu. */
export function RangeControl({ view, className = "" }: { view: View; className?: string }) {
  const { range } = view;
  // The server does not know the viewer's time zone.
  const isHydrated = useIsHydrated();
  const isCustom = typeof range !== "string";
  const label = isOnBar(range)
    ? "More"
    : !isCustom
      ? rangeLabels[range]
      : isHydrated
        ? describeRange(range, localTimeZone())
        : "Custom";
  return (
    <div className={`flex items-center gap-1.5 ${className}`}>
      <Segments
        legend="Range"
        options={onBar.map((value) => ({ value, label: rangeLabels[value] }))}
        chosen={isOnBar(range) ? range : null}
        onChoose={view.setRange}
        className="max-sm:flex-1 max-sm:[&>button]:min-w-0 max-sm:[&>button]:px-1"
      />
      <Menu
        label={isOnBar(range) ? "More ranges" : `More ranges, now ${label}`}
        triggerClassName={`flex h-8 items-center gap-1 rounded border border-line px-2 whitespace-nowrap tabular-nums hover:text-ink ${isOnBar(range) ? "text-muted" : "bg-sunken font-medium"}`}
        trigger={
          <>
            <span>{label}</span>
            <ChevronDown aria-hidden size={13} className="text-muted" />
          </>
        }
      >
        {inMenu.map((name) => (
          <button
            key={name}
            type="button"
            data-closes
            aria-pressed={range === name}
            className={`${menuItemLook} aria-pressed:font-medium aria-pressed:text-accent`}
            onClick={() => view.setRange(name)}
          >
            {`Last ${rangeWords[name]}`}
          </button>
        ))}
        {isHydrated ? (
          <Suspense>
            <CustomRangeForm key={JSON.stringify(range)} view={view} />
          </Suspense>
        ) : null}
      </Menu>
    </div>
  );
}
