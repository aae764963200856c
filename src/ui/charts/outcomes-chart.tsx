"use client";

import { type KeyboardEvent, useEffect, useRef } from "react";
import uPlot from "uplot";
import { outcomeNames } from "@/admin/insights/contract/overview";
import { onThemeChange } from "../theme";
import { type OutcomesChart as Prepared } from "./outcomes-prepare";
import { outcomesOptions } from "./outcomes-options";
import { readPalette } from "./palette";

const height = 236;

/** What uPlot is fed: the highest stack first, since each lower one is drawn over it; nothing where nothing is added. */
function dataOf(chart: Prepared): uPlot.AlignedData {
  const stacks = outcomeNames.map((name, level) =>
    (chart.stacks[level] ?? []).map((top, at) => ((chart.buckets[at]?.outcomes[name] ?? 0) === 0 ? null : top)),
  );
  return [chart.times, ...stacks.toReversed()];
}

type Props = {
  chart: Prepared;
  /** The bucket one looks at; null for none. */
  index: number | null;
  onIndex: (index: number | null) => void;
};

/**
 * Draws the prepared outcomes over time. Arrow keys move from bucket to bucket, as the pointer does; with Shift from one
 * invalidation to the next.
 */
export function OutcomesChart({ chart, index, onIndex }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const latest = useRef({ chart, onIndex });
  useEffect(() => {
    latest.current = { chart, onIndex };
  });

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let palette = readPalette(element);
    const options = outcomesOptions({
      width: element.clientWidth,
      height,
      palette: () => palette,
      chart: () => latest.current.chart,
      onIndex: (at) => latest.current.onIndex(at),
    });
    const made = new uPlot(options, dataOf(latest.current.chart), element);
    plot.current = made;
    const resizing = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resizing.observe(element);
    const endThemes = onThemeChange(() => {
      palette = readPalette(element);
      made.redraw(false);
    });
    return () => {
      endThemes();
      resizing.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    plot.current?.setData(dataOf(chart));
  }, [chart]);

  const move = (event: KeyboardEvent): void => {
    const last = chart.times.length - 1;
    const at = index ?? last + 1;
    const marked = chart.marks.map((mark) => mark.index);
    const before = marked.findLast((found) => found < at);
    const after = marked.find((found) => index !== null && found > at);
    const targets: Record<string, number | null> = {
      ArrowLeft: event.shiftKey ? (before ?? index) : Math.max(0, at - 1),
      ArrowRight: event.shiftKey ? (after ?? index) : Math.min(last, at + 1),
      Home: 0,
      End: last,
      Escape: null,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onIndex(target);
    const left = target === null ? -10 : (plot.current?.valToPos(chart.times[target] ?? 0, "x") ?? -10);
    plot.current?.setCursor({ left, top: 0 }, false);
  };

  return (
    // A group that takes the focus, so that the keyboard can walk through the buckets.
    <div
      ref={host}
      role="group"
      tabIndex={0}
      aria-label={`Chart. ${chart.summary} Arrow keys move through time${chart.marks.length === 0 ? "" : ", with Shift from invalidation to invalidation"}.`}
      className={chart.isLowSample ? "opacity-60" : ""}
      style={{ height }}
      onKeyDown={move}
      onBlur={() => onIndex(null)}
    />
  );
}
