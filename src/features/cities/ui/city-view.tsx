"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { describeProblem } from "@/ui/rpc/problem";
import { useTRPC } from "@/ui/rpc/provider";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { CityFacts } from "./city-facts";
import { CountryFigures } from "./country-figures";
import { NearbyCities } from "./nearby-cities";
import { useCityChanges } from "./use-city-changes";

type Props = {
  cityId: number;
  countryName: (code: string) => string;
  onPick: (id: number) => void;
  onLeave: () => void;
};

/** Everything about one city. */
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
          title={isMissing ? `There is no city ${cityId}` : undefined}
        >
          {isMissing ? (
            <button type="button" className="mt-1 text-accent underline underline-offset-2" onClick={onLeave}>
              Start over
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
      <CountryFigures code={city.countryCode} name={countryName(city.countryCode)} cityId={city.id} onPick={onPick} />
    </div>
  );
}
