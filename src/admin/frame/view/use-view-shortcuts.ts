import { insightRangeNames } from "@/admin/insights/contract/ranges";
import { useShortcuts } from "@/ui/hooks/use-shortcuts";
import type { View } from "./use-view";
import { rangeWords } from "./range-words";

/** The shortcuts that every page with metrics has. */
export function useViewShortcuts(view: View, canCompare: boolean): void {
  useShortcuts([
    { keys: ".", does: "Pause or resume", run: view.togglePause },
    ...(canCompare
      ? [{ keys: "=", does: "Compare with the previous period", run: () => view.setCompare(!view.compare) }]
      : []),
    ...insightRangeNames.map((range, index) => ({
      keys: String(index + 1),
      does: `Range: ${rangeWords[range]}`,
      run: () => view.setRange(range),
    })),
  ]);
}
