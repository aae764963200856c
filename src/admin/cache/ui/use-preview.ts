import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { CachePreview, CachePreviewInput } from "../contract";
import { useTRPC } from "@/ui/rpc/provider";
import { useSettled } from "@/ui/hooks/timers";

export type PreviewState = {
  /** Undefined until the first count; of the target before while a new one is counted. */
  preview: CachePreview | undefined;
  error: unknown;
  isCounting: boolean;
  retry: () => void;
};

/** Somebody who types a tag is not asked for with every letter. */
const settleMs = 300;

/** Counts what the target would hit, anew whenever it has changed. */
export function usePreview(target: CachePreviewInput | null): PreviewState {
  const trpc = useTRPC();
  const wanted = target === null ? "" : JSON.stringify(target);
  const settled = useSettled(wanted, settleMs);
  const isSettled = settled === wanted && wanted !== "";
  const query = useQuery(
    trpc.cache.preview.queryOptions(target ?? { all: true }, {
      enabled: isSettled,
      placeholderData: keepPreviousData,
      staleTime: 5_000,
    }),
  );
  return {
    preview: wanted === "" ? undefined : query.data,
    error: isSettled ? query.error : null,
    isCounting: wanted !== "" && (!isSettled || query.isFetching),
    retry: () => void query.refetch(),
  };
}
