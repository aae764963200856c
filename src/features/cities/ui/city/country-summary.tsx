"use client";

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatCount, formatLarge, formatShare } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useTRPC } from "@/ui/rpc/provider";
import { CityLink } from "../city-link";
import { ResponseBadge } from "../responses/response-badge";

type Props = { code: string; name: string; cityId: number; onPick: (id: number) => void };

function Statistic({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-24">
      <dt className="caption">{label}</dt>
      <dd className="mt-0.5 h-6 text-base">{children}</dd>
    </div>
  );
}

/** Statistics of a country's cities, with the ten largest as bars. */
export function CountrySummary({ code, name, cityId, onPick }: Props) {
  const trpc = useTRPC();
  const { data, error, isFetching, refetch } = useQuery(trpc.country.stats.queryOptions({ code }));
  const most = data?.largest[0]?.population ?? 0;
  const wait = <Skeleton className="mt-1 h-4 w-16" />;
  return (
    <section aria-labelledby="country-title" aria-busy={isFetching}>
      <div className="flex flex-wrap items-center justify-between gap-x-4">
        <h2 id="country-title" className="font-semibold">
          {`Cities in ${data?.name ?? name}`}
        </h2>
        <ResponseBadge procedure="country.stats" input={{ code }} onRepeat={() => void refetch()} />
      </div>
      {error === null ? (
        <>
          <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-3">
            <Statistic label="Cities">
              {data === undefined ? wait : <Reading of={{ value: formatCount(data.cityCount), unit: "" }} />}
            </Statistic>
            <Statistic label="Urban population">
              {data === undefined ? wait : <Reading of={formatLarge(data.totalPopulation)} />}
            </Statistic>
            <Statistic label="Mean">
              {data === undefined ? wait : <Reading of={formatLarge(Math.round(data.meanPopulation))} />}
            </Statistic>
            <Statistic label="Median">
              {data === undefined ? wait : <Reading of={formatLarge(Math.round(data.medianPopulation))} />}
            </Statistic>
            <Statistic label="Share of the largest">
              {data === undefined ? wait : <Reading of={formatShare(data.largestShare)} />}
            </Statistic>
          </dl>
          <h3 className="caption mt-4">Largest cities</h3>
          <ol className="mt-1 min-h-[17.5rem] md:columns-2 md:gap-8 md:min-h-[8.75rem]">
            {data?.largest.map((city) => (
              <li key={city.id} className="break-inside-avoid">
                <CityLink
                  id={city.id}
                  onPick={onPick}
                  className={`flex h-7 items-center gap-3 hover:text-accent ${city.id === cityId ? "font-semibold" : ""}`}
                >
                  <span className="w-32 shrink-0 truncate">{city.name}</span>
                  <span aria-hidden className="h-2 min-w-0 flex-1 bg-sunken">
                    <span
                      className="block h-full bg-accent"
                      style={{ width: `${most === 0 ? 0 : (100 * city.population) / most}%` }}
                    />
                  </span>
                  <Reading of={formatLarge(city.population)} className="w-14 text-right font-normal text-ink" />
                </CityLink>
              </li>
            ))}
          </ol>
        </>
      ) : (
        <ProblemNotice cause={error} onRetry={() => void refetch()} isRetrying={isFetching} />
      )}
    </section>
  );
}
