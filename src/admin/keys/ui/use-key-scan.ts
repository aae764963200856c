import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { CacheKeyRow } from "@/admin/keys/contract";
import { useTRPC } from "@/ui/rpc/provider";

/** A key as it was scanned. */
export type ScannedKey = CacheKeyRow & {
  /** When Redis removes it by the browser's clock, in ms since 1970. */
  endsAtMs: number;
};

export type KeyScan = {
  /** In the order of the scan; undefined until the first part. */
  keys: readonly ScannedKey[] | undefined;
  /** How many keys of Redis were passed, of about how many. */
  scanned: number;
  total: number;
  /** The scan reached the end. */
  isComplete: boolean;
  isScanning: boolean;
  /** It goes on until the end or `maxRows`. */
  isGoingOn: boolean;
  error: unknown;
  /** Scans one part more. */
  next: () => void;
  /** Scans to the end, or stops doing so. */
  setGoingOn: (isGoingOn: boolean) => void;
  /** From the start. */
  again: () => void;
};

const pageSize = 200;
/** Rows that the browser keeps; a longer prefix narrows the scan. */
export const maxRows = 10_000;

/** Scans the keys with this prefix, part by part. Never on its own: a scan costs Redis work. */
export function useKeyScan(prefix: string): KeyScan {
  const trpc = useTRPC();
  const [goingOnWith, setGoingOnWith] = useState<string | null>(null);
  const query = useInfiniteQuery(
    trpc.insights.cacheKeys.infiniteQueryOptions(
      { prefix, limit: pageSize },
      {
        getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
        enabled: prefix !== "",
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
      },
    ),
  );
  const { data, dataUpdatedAt, fetchNextPage, hasNextPage, isFetching, error, refetch } = query;
  // Later parts make the earlier ones look younger by the time between them; the sheet of a key reads it anew.
  const keys = useMemo((): ScannedKey[] | undefined => {
    if (data === undefined) return undefined;
    const byName = new Map<string, ScannedKey>();
    for (const page of data.pages) {
      for (const key of page.keys) {
        byName.set(`${key.group}:${key.version}:${key.key}`, { ...key, endsAtMs: dataUpdatedAt + key.ttlMs });
      }
    }
    return [...byName.values()];
  }, [data, dataUpdatedAt]);
  const isFull = (keys?.length ?? 0) >= maxRows;
  const isGoingOn = goingOnWith === prefix && hasNextPage && !isFull && error === null;
  useEffect(() => {
    if (isGoingOn && !isFetching) void fetchNextPage();
  }, [isGoingOn, isFetching, fetchNextPage]);
  return {
    keys,
    scanned: data?.pages.reduce((sum, { coverage }) => sum + coverage.scanned, 0) ?? 0,
    total: data?.pages.at(-1)?.coverage.total ?? 0,
    isComplete: data !== undefined && !hasNextPage,
    isScanning: isFetching,
    isGoingOn,
    error,
    next: () => void fetchNextPage(),
    setGoingOn: (value) => setGoingOnWith(value ? prefix : null),
    again: () => void refetch(),
  };
}
