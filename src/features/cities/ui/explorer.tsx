"use client";

import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Country } from "../country/contract";
import { useTRPC } from "@/ui/rpc/provider";
import { AnswersPanel } from "./answers-panel";
import { CityView } from "./city-view";
import { CountryFilter } from "./country-filter";
import { DataCredit } from "./data-credit";
import { SearchBox } from "./search-box";
import { useExplorerState } from "./use-explorer-state";
import { Welcome } from "./welcome";

const noCountries: readonly Country[] = [];

/** The city explorer: a search field, what was chosen, and the answers it took. */
export function Explorer() {
  const trpc = useTRPC();
  const { q, country, cityId, setQ, setCountry, setCityId } = useExplorerState();
  // Countries do not change while a page is open, so they are asked for once.
  const { data } = useQuery(trpc.country.list.queryOptions(undefined, { staleTime: Infinity, gcTime: Infinity }));
  const countries = data?.items ?? noCountries;
  const names = useMemo(() => new Map(countries.map(({ code, name }) => [code, name])), [countries]);
  const countryName = useCallback((code: string) => names.get(code) ?? code, [names]);
  return (
    <>
      <div className="grid gap-x-10 gap-y-8 pt-5 lg:grid-cols-[minmax(0,1fr)_400px]">
        <div className="min-w-0">
          <search className="flex gap-2">
            <SearchBox
              text={q}
              country={country}
              countryName={countryName}
              startsOpen={q !== "" && cityId === null}
              onText={setQ}
              onWiden={() => setCountry(null)}
              onPick={(city) => setCityId(city.id)}
            />
            <CountryFilter countries={countries} value={country} onChange={setCountry} />
          </search>
          <div className="mt-7">
            {cityId === null ? (
              <Welcome onPick={setCityId} />
            ) : (
              <CityView cityId={cityId} countryName={countryName} onPick={setCityId} onLeave={() => setCityId(null)} />
            )}
          </div>
        </div>
        <aside className="lg:border-l lg:border-line lg:pl-10">
          <div className="lg:sticky lg:top-5">
            <AnswersPanel />
          </div>
        </aside>
      </div>
      <DataCredit />
    </>
  );
}
