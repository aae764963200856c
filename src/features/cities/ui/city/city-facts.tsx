"use client";

import { useMemo } from "react";
import { formatCount, formatFixed } from "@/ui/format/numbers";
import type { City } from "../../contract";
import { useLand } from "../map/use-land";
import { GlobeChart } from "../map/world-chart";
import { prepareGlobe } from "../map/world-prepare";
import { ResponseBadge } from "../responses/response-badge";

const globeSize = 132;

function degrees(value: number, positive: string, negative: string): string {
  return `${formatFixed(Math.abs(value), 3)}° ${value < 0 ? negative : positive}`;
}

type Props = {
  city: City;
  /** The city before a live change; differences are marked. */
  before: City | null;
  countryName: string;
  onRepeat: () => void;
};

type Fact = { label: string; of: (city: City) => string };

const facts: readonly Fact[] = [
  { label: "Population", of: ({ population }) => formatCount(population) },
  { label: "Position", of: placeOf },
  { label: "Region", of: ({ regionCode, countryCode }) => (regionCode === "" ? "–" : `${countryCode}.${regionCode}`) },
  { label: "Version", of: ({ version }) => String(version) },
];

function placeOf({ lat, lon }: City): string {
  return `${degrees(lat, "N", "S")}, ${degrees(lon, "E", "W")}`;
}

/** The previous value of a changed field. */
function Was({ value }: { value: string }) {
  return (
    <span data-changed className="caption ml-1.5 whitespace-nowrap">
      <span aria-hidden className="mr-1 inline-block size-1.5 rounded-full bg-accent align-middle" />
      <span>{`was ${value}`}</span>
    </span>
  );
}

/** The name, data and position of a city. */
export function CityFacts({ city, before, countryName, onRepeat }: Props) {
  const land = useLand();
  const globe = useMemo(() => prepareGlobe(city, land, globeSize), [city, land]);
  return (
    <section aria-labelledby="city-title" className="flex items-start gap-4 sm:gap-8">
      <div className="min-w-0 flex-1">
        <p className="text-muted">{countryName}</p>
        <h1 id="city-title" className="text-[26px] leading-8 font-semibold tracking-tight text-balance">
          {city.name}
        </h1>
        <p className="sr-only" role="status">
          {before === null ? "" : `${city.name} was just updated. You see the current data.`}
        </p>
        {before !== null && before.name !== city.name ? <Was value={before.name} /> : null}
        <ResponseBadge procedure="city.byId" input={{ id: city.id }} onRepeat={onRepeat} />
        <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-2">
          {facts.map(({ label, of }) => (
            <div key={label}>
              <dt className="caption">{label}</dt>
              <dd className="tabular-nums">
                <span>{of(city)}</span>
                {before !== null && of(before) !== of(city) ? <Was value={of(before)} /> : null}
              </dd>
            </div>
          ))}
          <div>
            <dt className="caption">GeoNames</dt>
            <dd className="tabular-nums">
              <a
                className="underline decoration-line-strong underline-offset-2 hover:text-accent"
                href={`https://www.geonames.org/${city.id}`}
              >
                {city.id}
              </a>
            </dd>
          </div>
        </dl>
      </div>
      <div className="w-[84px] shrink-0 sm:w-[132px]">
        <GlobeChart globe={globe} label={`${city.name} on the globe, at ${placeOf(city)}`} />
      </div>
    </section>
  );
}
