import { type RefObject, useEffect, useState } from "react";

/** Rows [start, end) are rendered. */
export type RowWindow = { start: number; end: number };

/** Below this many rows all are rendered, so that the browser's own search finds everything. */
const minWindowed = 150;
/** Rows are rendered in chunks, so that scrolling renders again once per chunk. */
const chunk = 20;

/** The rows to render for a scroll position: those in view, and a chunk on either side for the keyboard to move to. */
export function windowOf(scrollTop: number, viewHeight: number, rowHeight: number, count: number): RowWindow {
  if (count < minWindowed) return { start: 0, end: count };
  const first = Math.floor(scrollTop / rowHeight / chunk) * chunk - chunk;
  const last = Math.ceil((scrollTop + viewHeight) / rowHeight / chunk) * chunk + chunk;
  return { start: Math.max(0, Math.min(first, count - 2 * chunk)), end: Math.min(count, Math.max(last, 2 * chunk)) };
}

/** The rendered rows of a scroll container whose rows all have the same height. */
export function useRowWindow(scroller: RefObject<HTMLElement | null>, rowHeight: number, count: number): RowWindow {
  const [shown, setShown] = useState<RowWindow>(() => windowOf(0, 800, rowHeight, count));
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const renew = (): void =>
      setShown((before) => {
        const next = windowOf(element.scrollTop, element.clientHeight, rowHeight, count);
        return next.start === before.start && next.end === before.end ? before : next;
      });
    renew();
    element.addEventListener("scroll", renew, { passive: true });
    const resizing = new ResizeObserver(renew);
    resizing.observe(element);
    return () => {
      element.removeEventListener("scroll", renew);
      resizing.disconnect();
    };
  }, [scroller, rowHeight, count]);
  return shown.end > count ? windowOf(0, 800, rowHeight, count) : shown;
}
