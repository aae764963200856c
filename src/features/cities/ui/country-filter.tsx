import { ChevronDown } from "lucide-react";
import type { Country } from "../country/contract";

type Props = { countries: readonly Country[]; value: string | null; onChange: (code: string | null) => void };

/** Narrows the search to one country. */
export function CountryFilter({ countries, value, onChange }: Props) {
  // A country of a shared link is kept even before the list is there.
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
