import { createParser, debounce, parseAsInteger, parseAsString, useQueryState } from "nuqs";

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
  /** Leaves an entry in the history, so that "back" goes to the city before. */
  setCityId: (cityId: number | null) => void;
};

/** What the explorer shows. It lives in the URL: every view is a link. */
export function useExplorerState(): ExplorerState {
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
