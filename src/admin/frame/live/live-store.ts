import type { QueryKey } from "@tanstack/react-query";
import { type LiveName, liveNames } from "@/admin/insights/contract/live-names";

/** A call that the stream repeats: the name of a procedure of `insights`, and its input as in the query's key. */
export type PageAsk = { name: LiveName; input: unknown };

/** The ask of a query, if a stream can carry it. */
export function askOf(queryKey: QueryKey): PageAsk | null {
  const [path, options] = queryKey;
  if (!Array.isArray(path) || path.length !== 2 || path[0] !== "insights") return null;
  const name = liveNames.find((known) => known === path[1]);
  return name === undefined ? null : { name, input: Reflect.get(Object(options), "input") };
}

/** What the parts of a page ask for, and whether the stream delivers it. */
export type LiveStore = {
  /** Adds an ask while a part shows its response. Returns a function that removes it. */
  add: (queryKey: QueryKey, ask: PageAsk) => () => void;
  /** The asks in a stable order, as a text that changes only when they do; null without any. */
  asks: () => string | null;
  /** The key of the query behind an ask of `asks`. */
  queryKeyOf: (asks: string, index: number) => QueryKey | null;
  /** Marks one ask, or the whole stream, as delivered or not; what is not delivered is polled. */
  setAsk: (queryKey: QueryKey, isDelivered: boolean) => void;
  setStream: (isDelivered: boolean) => void;
  isDelivered: (queryKey: QueryKey) => boolean;
  subscribe: (listener: () => void) => () => void;
};

export function createLiveStore(): LiveStore {
  const parts = new Map<string, { queryKey: QueryKey; ask: PageAsk; members: number }>();
  const failed = new Set<string>();
  const listeners = new Set<() => void>();
  let isStreamUp = true;
  let asks: string | null = null;

  function change(): void {
    const list = [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { ask }]) => ask);
    asks = list.length === 0 ? null : JSON.stringify(list);
    for (const listener of listeners) listener();
  }
  const nameOf = (queryKey: QueryKey): string => JSON.stringify(queryKey);

  return {
    add: (queryKey, ask) => {
      const name = nameOf(queryKey);
      const part = parts.get(name) ?? { queryKey, ask, members: 0 };
      part.members += 1;
      parts.set(name, part);
      if (part.members === 1) change();
      return () => {
        part.members -= 1;
        if (part.members > 0) return;
        parts.delete(name);
        failed.delete(name);
        change();
      };
    },
    asks: () => asks,
    queryKeyOf: (of, index) => {
      if (of !== asks) return null;
      return [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1))[index]?.[1].queryKey ?? null;
    },
    setAsk: (queryKey, isDelivered) => {
      const name = nameOf(queryKey);
      if (failed.has(name) !== isDelivered) return;
      if (isDelivered) failed.delete(name);
      else failed.add(name);
      change();
    },
    setStream: (isDelivered) => {
      if (isStreamUp === isDelivered) return;
      isStreamUp = isDelivered;
      change();
    },
    isDelivered: (queryKey) => isStreamUp && !failed.has(nameOf(queryKey)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
