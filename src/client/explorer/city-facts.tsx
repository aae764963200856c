"use client";

import { useMemo } from "react";
import type { City } from "@/contracts/city";
import { GlobeChart } from "../charts/globe-chart";
import { useLand } from "../charts/use-land";
import { prepareGlobe } from "../charts/world-prepare";
import { formatCount, formatFixed } from "../ui/figures";
import { AnswerBadge } from "./answer-badge";

const globeSize = 132;

function degrees(value: number, positive: string, negative: string): string {
  return `${formatFixed(Math.abs(value), 3)}° ${value < 0 ? negative : positive}`;
}

type Props = { city: City; countryName: string; onRepeat: () => void };

/** Who the city is: its name, its figures, and where on the globe it lies. */
export function CityFacts({ city, countryName, onRepeat }: Props) {
  const land = useLand();
  const globe = useMemo(() => prepareGlobe(city, land, globeSize), [city, land]);
  const place = `${degrees(city.lat, "N", "S")}, ${degrees(city.lon, "E", "W")}`;
  const facts = [
    { label: "Population", value: formatCount(city.population) },
    { label: "Position", value: place },
    { label: "Region", value: city.regionCode === "" ? "–" : `${city.countryCode}.${city.regionCode}` },
    { label: "Version", value: String(city.version) },
  ];
  return (
    <section aria-labelledby="city-title" className="flex items-start gap-4 sm:gap-8">
      <div className="min-w-0 flex-1">
        <p className="text-muted">{countryName}</p>
        <h1 id="city-title" className="text-[26px] leading-8 font-semibold tracking-tight text-balance">
          {city.name}
        </h1>
        <AnswerBadge procedure="city.byId" input={{ id: city.id }} onRepeat={onRepeat} />
        <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-2">
          {facts.map(({ label, value }) => (
            <div key={label}>
              <dt className="caption">{label}</dt>
              <dd className="tabular-nums">{value}</dd>
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
        <GlobeChart globe={globe} label={`${city.name} on the globe, at ${place}`} />
      </div>
    </section>
  );
}
