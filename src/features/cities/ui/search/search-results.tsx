import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatLarge } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import type { CityFound } from "../../contract";
import { ResponseBadge } from "../responses/response-badge";
import { findPart } from "./found-part";
import type { CitySearch } from "./search-box";

const matchWords = { exact: "", prefix: "", substring: "contains", similar: "similar" } as const;
const skeletonRows = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;

type Props = {
  listId: string;
  search: CitySearch;
  query: string;
  countryName: (code: string) => string;
  isNarrowed: boolean;
  onWiden: () => void;
  activeIndex: number;
  onHover: (index: number) => void;
  onPick: (city: CityFound) => void;
};

export const optionId = (listId: string, index: number): string => `${listId}-${index}`;

/** The results below the search field, or why there are none. */
export function SearchResults({
  listId,
  search,
  query,
  countryName,
  isNarrowed,
  onWiden,
  activeIndex,
  onHover,
  onPick,
}: Props) {
  const isFirstLoad = search.items.length === 0 && search.isLoading;
  const isEmpty = search.items.length === 0 && search.isCurrent;
  return (
    <div className="absolute top-full left-0 w-[calc(100vw-2rem)] sm:w-full z-30 mt-1.5 overflow-hidden rounded-md border border-line-strong bg-raised shadow-float">
      {search.error === null ? null : (
        <div className="px-4">
          <ProblemNotice cause={search.error} onRetry={search.retry} isRetrying={search.isLoading} />
        </div>
      )}
      <ul
        id={listId}
        role="listbox"
        aria-label="Cities found"
        aria-busy={search.isLoading}
        className={search.error === null ? "" : "hidden"}
      >
        {search.items.map((city, index) => (
          // The keyboard reaches options through the field, as the combobox pattern requires.
          <li
            key={city.id}
            id={optionId(listId, index)}
            role="option"
            aria-selected={index === activeIndex}
            className="flex h-9 cursor-pointer items-center gap-3 px-4 aria-selected:bg-accent-soft"
            onPointerMove={() => onHover(index)}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onPick(city)}
          >
            <span className="min-w-0 flex-1 truncate">
              <FoundName name={city.name} query={query} />{" "}
              <span className="ml-1 text-muted">{countryName(city.countryCode)}</span>
            </span>
            <span className="caption hidden sm:block">{matchWords[city.match]}</span>
            <Reading of={formatLarge(city.population)} className="w-16 text-right" />
          </li>
        ))}
      </ul>
      {isFirstLoad && search.error === null
        ? skeletonRows.map((row) => (
            <div key={row} className="flex h-9 items-center gap-3 px-4">
              <Skeleton className="h-3.5 w-48" />
              <Skeleton className="ml-auto h-3.5 w-12" />
            </div>
          ))
        : null}
      {isEmpty ? (
        <div className="px-4 py-3">
          <p className="font-medium">{`No cities match “${query.trim()}”.`}</p>
          <p className="mt-0.5 text-muted">
            The search ignores accents, case and punctuation, and tolerates small typos.{" "}
            {isNarrowed ? (
              <button type="button" className="text-accent underline underline-offset-2" onClick={onWiden}>
                Search all countries
              </button>
            ) : null}
          </p>
        </div>
      ) : null}
      <div className="flex h-9 items-center justify-between border-t border-line px-4">
        <span className="caption hidden sm:block">↑ ↓ select · Enter to open · Esc to close</span>
        {search.input === null ? (
          <span className="h-6" />
        ) : (
          <ResponseBadge procedure="city.search" input={search.input} />
        )}
      </div>
    </div>
  );
}

/** A city's name with the matching part in bold. */
function FoundName({ name, query }: { name: string; query: string }) {
  const found = findPart(name, query) ?? { start: 0, end: 0 };
  return (
    <span>
      <span>{name.slice(0, found.start)}</span>
      <b className="font-semibold">{name.slice(found.start, found.end)}</b>
      <span>{name.slice(found.end)}</span>
    </span>
  );
}
