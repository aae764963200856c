"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { describeProblem } from "@/ui/rpc/problem";
import { useTRPC, useTRPCClient } from "@/ui/rpc/provider";
import { useStream } from "@/ui/rpc/use-stream";
import type { City } from "../../contract";
import type { CityChangesEvent } from "../../contract";
import { CityFacts } from "./city-facts";
import { CountrySummary } from "./country-summary";
import { NearbyCities } from "./nearby-cities";

type Props = {
  cityId: number;
  countryName: (code: string) => string;
  onPick: (id: number) => void;
  onLeave: () => void;
};

/** The page of one city. */
export function CityView({ cityId, countryName, onPick, onLeave }: Props) {
  const trpc = useTRPC();
  const {
    data: city,
    error,
    isFetching,
    isPlaceholderData,
    refetch,
  } = useQuery(trpc.city.byId.queryOptions({ id: cityId }, { placeholderData: keepPreviousData }));
  const before = useCityChanges(cityId);
  if (error !== null) {
    const isMissing = describeProblem(error).kind === "notFound";
    return (
      <div className="pt-2">
        <ProblemNotice
          cause={error}
          onRetry={() => void refetch()}
          isRetrying={isFetching}
          titleAs="h1"
          title={isMissing ? `City ${cityId} not found` : undefined}
        >
          {isMissing ? (
            <button type="button" className="mt-1 text-accent underline underline-offset-2" onClick={onLeave}>
              Back to the start
            </button>
          ) : null}
        </ProblemNotice>
      </div>
    );
  }
  if (city === undefined) {
    return (
      <div aria-busy className="flex min-h-[60rem] items-start gap-8 pt-1">
        <div className="flex-1 space-y-3">
          <Skeleton className="h-4 w-24" />
          <Skeleton className="h-7 w-56" />
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-9 w-full max-w-96" />
        </div>
        <Skeleton className="size-[84px] rounded-full sm:size-[132px]" />
      </div>
    );
  }
  return (
    <div aria-busy={isPlaceholderData} className={`space-y-8 ${isPlaceholderData ? "opacity-60" : ""}`}>
      <CityFacts
        city={city}
        before={before?.city ?? null}
        countryName={countryName(city.countryCode)}
        onRepeat={() => void refetch()}
      />
      <NearbyCities city={city} onPick={onPick} />
      <CountrySummary code={city.countryCode} name={countryName(city.countryCode)} cityId={city.id} onPick={onPick} />
    </div>
  );
}

/** The city as it was before a live change. */
export type CityBefore = { atMs: number; city: City };

/** Keeps the open city in sync with the server. Returns the city before the last change; null if there was none. */
function useCityChanges(cityId: number): CityBefore | null {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queries = useQueryClient();
  const [before, setBefore] = useState<CityBefore | null>(null);
  const key = trpc.city.byId.queryKey({ id: cityId });

  const take = ({ changes }: CityChangesEvent): void => {
    const change = changes.find(({ id }) => id === cityId);
    const known = queries.getQueryData(key);
    if (change === undefined) return;
    if (change.kind !== "present") {
      void queries.invalidateQueries({ queryKey: key });
      return;
    }
    // Not loaded yet, or already up to date.
    if (known === undefined || known.id !== cityId || known.version >= change.city.version) return;
    queries.setQueryData(key, change.city);
    setBefore({ atMs: Date.now(), city: known });
    // Lists on the page may contain the city too.
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey !== key && mayShow(queryKey) });
  };

  useStream<CityChangesEvent>({
    key: String(cityId),
    subscribe: (lastEventId, handlers) => client.city.changes.subscribe({ ids: [cityId], lastEventId }, handlers),
    onEvent: take,
  });
  return before?.city.id === cityId ? before : null;
}

/** Query keys start with the path of their procedure. */
function mayShow([path]: readonly unknown[]): boolean {
  const name = Array.isArray(path) ? path.join(".") : "";
  return name === "city.nearby" || name === "country.stats";
}
