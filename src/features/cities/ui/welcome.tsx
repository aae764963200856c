"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatLarge } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useTRPC } from "@/ui/rpc/provider";
import { CityLink } from "./city-link";
import { useLand } from "./map/use-land";
import { WorldChart } from "./map/world-chart";
import { prepareWorld } from "./map/world-prepare";
import { ResponseBadge } from "./responses/response-badge";

/** Examples: large cities around the world by GeoNames ID, from west to east. */
const exampleCityIds: readonly number[] = [
  5128581, // New York City
  3936456, // Lima
  3448439, // São Paulo
  3413829, // Reykjavík
  2643743, // London
  2332459, // Lagos
  745044, // Istanbul
  184745, // Nairobi
  1275339, // Mumbai
  1642911, // Jakarta
  1850147, // Tokyo
  2147714, // Sydney
];

const mapWidth = 960;
const input = { ids: [...exampleCityIds] };

/** Shown before a city is selected: an introduction and a few examples. */
export function Welcome({ onPick }: { onPick: (id: number) => void }) {
  const trpc = useTRPC();
  const land = useLand();
  const [highlightedId, setHighlightedId] = useState<number | null>(null);
  const { data, error, isFetching, refetch } = useQuery(trpc.city.byIds.queryOptions(input));
  const cities = data?.items ?? null;
  const world = useMemo(() => prepareWorld(cities ?? [], land, mapWidth), [cities, land]);
  return (
    <section aria-labelledby="welcome-title">
      <h1 id="welcome-title" className="text-[26px] leading-8 font-semibold tracking-tight text-balance">
        135,000 cities, and the source of every response
      </h1>
      <p className="mt-1.5 max-w-prose text-pretty text-muted">
        Type a name, or start with one of these. Each response shows whether it came from memory, Redis or Postgres, and
        how long it took.
      </p>
      <div className="mt-5">
        <WorldChart
          world={world}
          cities={cities ?? []}
          highlightedId={highlightedId}
          onHighlight={setHighlightedId}
          onPick={onPick}
        />
      </div>
      {error === null ? (
        <>
          <div className="mt-4 flex flex-wrap items-center justify-between gap-x-4">
            <h2 className="caption">Examples</h2>
            <ResponseBadge procedure="city.byIds" input={input} onRepeat={() => void refetch()} />
          </div>
          <ul className="mt-1 grid grid-cols-2 gap-x-8 sm:grid-cols-3" aria-busy={isFetching}>
            {exampleCityIds.map((id, index) => {
              const city = cities?.[index];
              return (
                <li key={id} className="h-8 border-t border-line">
                  {city === undefined ? (
                    <Skeleton className="mt-2 h-3.5 w-28" />
                  ) : (
                    <CityLink
                      id={city.id}
                      onPick={onPick}
                      onHighlight={setHighlightedId}
                      className={`-mx-1.5 flex h-full items-center justify-between gap-2 rounded-[3px] px-1.5 ${city.id === highlightedId ? "bg-accent-soft" : ""}`}
                    >
                      <span className="truncate">{city.name}</span>
                      <Reading of={formatLarge(city.population)} className="text-muted" />
                    </CityLink>
                  )}
                </li>
              );
            })}
          </ul>
        </>
      ) : (
        <ProblemNotice cause={error} onRetry={() => void refetch()} isRetrying={isFetching} />
      )}
    </section>
  );
}
