"use client";

import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { createParser, debounce, parseAsInteger, parseAsString, useQueryState } from "nuqs";
import { useCallback, useMemo } from "react";
import { useTRPC } from "@/ui/rpc/provider";
import type { Country } from "../contract";
import { CityView } from "./city/city-view";
import { ResponsesPanel } from "./responses/responses-panel";
import { SearchBox } from "./search/search-box";
import { Welcome } from "./welcome";

const noCountries: readonly Country[] = [];

/** The city explorer: search, the selected city, and the responses behind them. */
export function Explorer() {
  const trpc = useTRPC();
  const { q, country, cityId, setQ, setCountry, setCityId } = useExplorerState();
  // Countries do not change while a page is open, so they are loaded once.
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
            <ResponsesPanel />
          </div>
        </aside>
      </div>
      <DataCredit />
    </>
  );
}

type Props = { countries: readonly Country[]; value: string | null; onChange: (code: string | null) => void };

/** Limits the search to one country. */
function CountryFilter({ countries, value, onChange }: Props) {
  // A country from a shared link is kept even before the list has loaded.
  const isListed = value === null || countries.some((country) => country.code === value);
  return (
    <span className="relative w-[8.5rem] shrink-0 sm:w-56">
      <select
        aria-label="Country"
        value={value ?? ""}
        className="h-10 w-full appearance-none truncate rounded-md border border-line-strong bg-raised pr-8 pl-3"
        onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
      >
        <option value="">All countries</option>
        {isListed ? null : <option value={value}>{value}</option>}
        {countries.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden size={14} className="pointer-events-none absolute top-3 right-2.5 text-muted" />
    </span>
  );
}

const link = "underline decoration-line-strong underline-offset-2 hover:text-ink";

/** Credits the sources of the data, as their licences require. */
function DataCredit() {
  return (
    <p className="caption mt-12 border-t border-line pt-4">
      City data:{" "}
      <a className={link} href="https://www.geonames.org/">
        GeoNames
      </a>
      ,{" "}
      <a className={link} href="https://creativecommons.org/licenses/by/4.0/">
        CC BY 4.0
      </a>
      . Coastlines:{" "}
      <a className={link} href="https://www.naturalearthdata.com/">
        Natural Earth
      </a>
      .
    </p>
  );
}

const parseCountry = createParser({
  parse: (value) => (/^[A-Z]{2}$/.test(value) ? value : null),
  serialize: (value: string) => value,
});

export type ExplorerState = {
  q: string;
  country: string | null;
  cityId: number | null;
  setQ: (q: string) => void;
  setCountry: (country: string | null) => void;
  /** Pushes a history entry, so that Back returns to the previous city. */
  setCityId: (cityId: number | null) => void;
};

/** The state of the explorer. It lives in the URL, so every view is a link. */
function useExplorerState(): ExplorerState {
  const [q, setQ] = useQueryState("q", parseAsString.withDefault("").withOptions({ limitUrlUpdates: debounce(300) }));
  const [country, setCountry] = useQueryState("country", parseCountry);
  const [cityId, setCityId] = useQueryState("city", parseAsInteger.withOptions({ history: "push" }));
  return {
    q,
    country,
    cityId,
    setQ: (value) => void setQ(value === "" ? null : value),
    setCountry: (value) => void setCountry(value),
    setCityId: (value) => void setCityId(value),
  };
}
