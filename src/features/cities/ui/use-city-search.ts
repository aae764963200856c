import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import type { CityFound, CitySearchInput } from "../contract";
import { useTRPC } from "@/ui/rpc/provider";
import { useSettled } from "@/ui/hooks/timers";

const searchDelayMs = 120;
const searchLimit = 8;

export type CitySearch = {
  /** Null while there is nothing to ask for. */
  input: CitySearchInput | null;
  items: readonly CityFound[];
  /** `items` answer exactly what is written now. */
  isCurrent: boolean;
  isLoading: boolean;
  error: unknown;
  retry: () => void;
};

const noCities: readonly CityFound[] = [];

/**
 * Searches as one types: asks when the text has rested, keeps the items of before until the new ones arrive, and gives
 * up what was superseded, so that a late answer never replaces a newer one.
 */
export function useCitySearch(text: string, country: string | null, isWanted: boolean): CitySearch {
  const trpc = useTRPC();
  const settled = useSettled(text.trim(), searchDelayMs);
  const input = settled === "" ? null : { q: settled, limit: searchLimit, ...(country === null ? {} : { country }) };
  const query = useQuery(
    trpc.city.search.queryOptions(input ?? skipToken, {
      enabled: isWanted && input !== null,
      placeholderData: keepPreviousData,
      trpc: { abortOnUnmount: true },
    }),
  );
  const hasText = text.trim() !== "";
  return {
    input,
    items: hasText && input !== null ? (query.data?.items ?? noCities) : noCities,
    isCurrent: query.isSuccess && !query.isPlaceholderData && settled === text.trim(),
    isLoading: hasText && (query.isFetching || settled !== text.trim()),
    error: query.isError ? query.error : null,
    retry: () => void query.refetch(),
  };
}
