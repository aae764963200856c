"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatDistance, formatLarge } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useTRPC } from "@/ui/rpc/provider";
import type { City } from "../../contract";
import { CityLink } from "../city-link";
import { RangeMapChart } from "../map/range-map-chart";
import { prepareRangeMap } from "../map/range-map-prepare";
import { ResponseBadge } from "../responses/response-badge";
import { compassPointOf, initialBearing } from "./bearing";

const citiesShown = 12;
const mapSize = 420;
const mapMargin = 30;
const rows = Array.from({ length: citiesShown }, (_, index) => index);

type Props = { city: City; onPick: (id: number) => void };

/** The nearest cities, as a list and on a map with true distances and directions. */
export function NearbyCities({ city, onPick }: Props) {
  const trpc = useTRPC();
  const [highlightedId, setHighlightedId] = useState<number | null>(null);
  // One more than shown, since the nearest city to a city is itself.
  const input = { lat: city.lat, lon: city.lon, limit: citiesShown + 1 };
  const { data, error, isFetching, refetch } = useQuery(trpc.city.nearby.queryOptions(input));
  const places = useMemo(
    () => data?.items.filter(({ id }) => id !== city.id).slice(0, citiesShown) ?? null,
    [data, city.id],
  );
  const map = useMemo(
    () => (places === null ? null : prepareRangeMap(city, places, mapSize, mapMargin)),
    [city, places],
  );
  return (
    <section aria-labelledby="nearby-title" aria-busy={isFetching}>
      <div className="flex flex-wrap items-center justify-between gap-x-4">
        <h2 id="nearby-title" className="font-semibold">
          Nearest cities
        </h2>
        <ResponseBadge procedure="city.nearby" input={input} onRepeat={() => void refetch()} />
      </div>
      {error === null ? (
        <div className="mt-2 grid gap-x-8 gap-y-4 md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <figure className="mx-auto w-full max-w-[440px]">
            {map === null ? (
              <Skeleton className="aspect-square w-full rounded-full" />
            ) : (
              <RangeMapChart
                map={map}
                centreName={city.name}
                highlightedId={highlightedId}
                onHighlight={setHighlightedId}
                onPick={onPick}
              />
            )}
            <figcaption className="caption text-center">
              {`Distances and directions from ${city.name} are true (azimuthal equidistant).`}
            </figcaption>
          </figure>
          <div className="min-w-0">
            <div aria-hidden className="caption flex gap-3 pb-1">
              <span className="flex-1">City</span>
              <span className="w-16 text-right">Population</span>
              <span className="w-16 text-right">Distance</span>
              <span className="w-[4.75rem] text-right">Bearing</span>
            </div>
            <ul>
              {places === null
                ? rows.map((row) => (
                    <li key={row} className="flex h-8 items-center gap-3 border-t border-line">
                      <Skeleton className="h-3.5 w-32" />
                      <Skeleton className="ml-auto h-3.5 w-40" />
                    </li>
                  ))
                : places.map((place) => {
                    const bearing = initialBearing(city, place);
                    return (
                      <li key={place.id} className="border-t border-line">
                        <CityLink
                          id={place.id}
                          onPick={onPick}
                          onHighlight={setHighlightedId}
                          className={`-mx-1.5 flex h-8 items-center gap-3 rounded-[3px] px-1.5 ${place.id === highlightedId ? "bg-accent-soft" : ""}`}
                        >
                          <span className="min-w-0 flex-1 truncate">{place.name}</span>
                          <Reading of={formatLarge(place.population)} className="w-16 text-right" />
                          <Reading of={formatDistance(place.distanceKm)} className="w-16 text-right" />
                          <span className="flex w-[4.75rem] justify-end gap-1.5 tabular-nums">
                            <span className="text-muted">{compassPointOf(bearing)}</span>
                            <span className="w-9 text-right">{`${Math.floor(bearing + 0.5) % 360}°`}</span>
                          </span>
                        </CityLink>
                      </li>
                    );
                  })}
            </ul>
            {places?.length === 0 ? (
              <p className="border-t border-line py-3 text-muted">No other cities found.</p>
            ) : null}
          </div>
        </div>
      ) : (
        <ProblemNotice cause={error} onRetry={() => void refetch()} isRetrying={isFetching} />
      )}
    </section>
  );
}
