import { z } from "@/server/rpc/zod";
import { type City, countryCodeSchema } from "../contract";

export const countryStatsInput = z.strictObject({ code: countryCodeSchema });

export type Country = { code: string; name: string };
/** By name. */
export type CountryListResult = { items: Country[] };

export type CountryStats = Country & {
  cityCount: number;
  /** People living in the listed cities, not in the whole country. */
  totalPopulation: number;
  meanPopulation: number;
  medianPopulation: number;
  /** Share of the listed population that lives in the largest city, 0 to 1; null without population. */
  largestShare: number | null;
  /** The ten largest, largest first. */
  largest: City[];
};
