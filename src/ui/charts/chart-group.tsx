"use client";

import { createContext, type ReactNode, use, useCallback, useMemo, useState, useSyncExternalStore } from "react";

/** The moment that the crosshair of a page's charts is at, in seconds since 1970; null while it is at none. */
export type Crosshair = {
  get: () => number | null;
  set: (at: number | null) => void;
  subscribe: (listener: () => void) => () => void;
};

function createCrosshair(): Crosshair {
  let current: number | null = null;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set: (at) => {
      if (at === current) return;
      current = at;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Receives a dragged range in whole intervals, in ms since 1970. */
type OnZoom = (fromMs: number, toMs: number) => void;

type Group = { crosshair: Crosshair; onZoom: OnZoom | null };
const GroupContext = createContext<Group | null>(null);

type Props = {
  /** `useView().zoomTo` puts it in the URL, and all charts follow. Charts cannot be dragged without it. */
  onZoom?: OnZoom;
  children: ReactNode;
};

/** The charts inside share one crosshair, and a drag on any of them zooms them all. */
export function ChartGroup({ onZoom, children }: Props) {
  const [crosshair] = useState(createCrosshair);
  const group = useMemo(() => ({ crosshair, onZoom: onZoom ?? null }), [crosshair, onZoom]);
  return <GroupContext value={group}>{children}</GroupContext>;
}

/** The group of a chart; a chart outside of any has one of its own. */
export function useChartGroup(): Group {
  const [own] = useState(createCrosshair);
  const alone = useMemo(() => ({ crosshair: own, onZoom: null }), [own]);
  return use(GroupContext) ?? alone;
}

/** The interval of a chart that the crosshair is in; null outside of it. Renders again only when the interval changes. */
export function useCrosshairIndex(crosshair: Crosshair, from: number, stepSeconds: number, length: number) {
  const indexNow = useCallback(() => {
    const at = crosshair.get();
    if (at === null) return null;
    const index = Math.floor((at - from) / stepSeconds);
    return index >= 0 && index < length ? index : null;
  }, [crosshair, from, stepSeconds, length]);
  return useSyncExternalStore(crosshair.subscribe, indexNow, () => null);
}
