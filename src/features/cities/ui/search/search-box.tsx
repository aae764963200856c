"use client";

import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { isForInputMethod } from "@/ui/hooks/input-method";
import { useSettled } from "@/ui/hooks/timers";
import { useShortcuts } from "@/ui/hooks/use-shortcuts";
import { useTRPC } from "@/ui/rpc/provider";
import type { CityFound, CitySearchInput } from "../../contract";
import { optionId, SearchResults } from "./search-results";

type Props = {
  text: string;
  country: string | null;
  countryName: (code: string) => string;
  startsOpen: boolean;
  onText: (text: string) => void;
  onWiden: () => void;
  onPick: (city: CityFound) => void;
};

/** The search field with its results (ARIA Authoring Practices, editable combobox with list autocomplete). */
export function SearchBox({ text, country, countryName, startsOpen, onText, onWiden, onPick }: Props) {
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(startsOpen);
  const [activeIndex, setActiveIndex] = useState(0);
  const [picksWhenFound, setPicksWhenFound] = useState(false);
  const search = useCitySearch(text, country, isOpen);
  const isShown = isOpen && text.trim() !== "";
  const active = Math.min(activeIndex, search.items.length - 1);

  useShortcuts([{ keys: "/", does: "Focus the search", run: () => field.current?.select() }]);

  const pick = (city: CityFound): void => {
    setIsOpen(false);
    setPicksWhenFound(false);
    onPick(city);
  };

  // Enter pressed before the results arrive opens the best match once they do.
  const best = picksWhenFound && search.isCurrent ? search.items[0] : undefined;
  useEffect(() => {
    if (best !== undefined) pick(best);
    // Only a new best match triggers this.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [best]);

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (isForInputMethod(event.nativeEvent)) return;
    const count = search.items.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (!isOpen) setIsOpen(true);
      else if (count > 0) setActiveIndex((active + step + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = search.items[active];
      if (isShown && search.isCurrent && chosen !== undefined) pick(chosen);
      else if (text.trim() !== "") {
        setIsOpen(true);
        setPicksWhenFound(!search.isCurrent);
      }
    } else if (event.key === "Escape") {
      if (isShown) setIsOpen(false);
      else onText("");
    }
  };

  return (
    <div
      ref={box}
      className="relative min-w-0 flex-1"
      onBlur={(event) => {
        if (!(event.relatedTarget instanceof Node) || !box.current?.contains(event.relatedTarget)) setIsOpen(false);
      }}
    >
      <Search
        aria-hidden
        size={16}
        strokeWidth={1.75}
        className="pointer-events-none absolute top-3 left-3.5 text-muted"
      />
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="Search for a city"
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={listId}
        aria-activedescendant={isShown && active >= 0 ? optionId(listId, active) : undefined}
        aria-keyshortcuts="/"
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        maxLength={100}
        placeholder="Search for a city"
        value={text}
        className="h-10 w-full rounded-md border border-line-strong bg-raised pr-10 pl-10 text-[15px] placeholder:text-muted"
        onChange={(event) => {
          onText(event.target.value);
          setActiveIndex(0);
          setPicksWhenFound(false);
          setIsOpen(true);
        }}
        onFocus={() => setIsOpen(true)}
        onClick={() => setIsOpen(true)}
        onKeyDown={onKeyDown}
      />
      {text === "" ? (
        <kbd
          aria-hidden
          className="caption pointer-events-none absolute top-2.5 right-3 hidden rounded-[3px] border border-line px-1.5 font-mono sm:block"
        >
          /
        </kbd>
      ) : (
        <button
          type="button"
          aria-label="Clear the search"
          className="absolute top-1.5 right-1.5 grid size-7 place-items-center rounded text-muted hover:text-ink"
          onClick={() => {
            onText("");
            field.current?.focus();
          }}
        >
          <X aria-hidden size={15} />
        </button>
      )}
      {isShown ? (
        <SearchResults
          listId={listId}
          search={search}
          query={text}
          countryName={countryName}
          isNarrowed={country !== null}
          onWiden={onWiden}
          activeIndex={active}
          onHover={setActiveIndex}
          onPick={pick}
        />
      ) : null}
      <span className="sr-only" aria-live="polite">
        {isShown && search.isCurrent
          ? `${search.items.length} ${search.items.length === 1 ? "city" : "cities"} found`
          : ""}
      </span>
    </div>
  );
}

const searchDelayMs = 120;
const searchLimit = 8;

export type CitySearch = {
  /** Null while the search is empty. */
  input: CitySearchInput | null;
  items: readonly CityFound[];
  /** Whether `items` match the current text. */
  isCurrent: boolean;
  isLoading: boolean;
  error: unknown;
  retry: () => void;
};

const noCities: readonly CityFound[] = [];

/**
 * Searches as the user types: debounces the text, keeps the previous results until new ones arrive, and aborts superseded
 * requests, so that a late response never replaces a newer one.
 */
function useCitySearch(text: string, country: string | null, isWanted: boolean): CitySearch {
  const trpc = useTRPC();
  const settled = useSettled(text.trim(), searchDelayMs);
  const input = settled === "" ? null : { q: settled, limit: searchLimit, ...(country === null ? {} : { country }) };
  const query = useQuery(
    trpc.city.search.queryOptions(input ?? skipToken, {
      enabled: isWanted && input !== null,
      placeholderData: keepPreviousData,
      trpc: { abortOnUnmount: true },
    }),
  );
  const hasText = text.trim() !== "";
  return {
    input,
    items: hasText && input !== null ? (query.data?.items ?? noCities) : noCities,
    isCurrent: query.isSuccess && !query.isPlaceholderData && settled === text.trim(),
    isLoading: hasText && (query.isFetching || settled !== text.trim()),
    error: query.isError ? query.error : null,
    retry: () => void query.refetch(),
  };
}
