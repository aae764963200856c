import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { City } from "../contract";
import type { CityChangesEvent } from "../changes-contract";
import { useTRPC, useTRPCClient } from "@/ui/rpc/provider";
import { useStream } from "@/ui/rpc/use-stream";

/** The city as it was before it changed under the reader's eyes. */
export type CityBefore = { atMs: number; city: City };

/** Keeps the open city as it is on the server. Returns what it was before the last change; null while there was none. */
export function useCityChanges(cityId: number): CityBefore | null {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queries = useQueryClient();
  const [before, setBefore] = useState<CityBefore | null>(null);
  const key = trpc.city.byId.queryKey({ id: cityId });

  const take = ({ changes }: CityChangesEvent): void => {
    const change = changes.find(({ id }) => id === cityId);
    const known = queries.getQueryData(key);
    if (change === undefined) return;
    if (change.kind !== "present") {
      void queries.invalidateQueries({ queryKey: key });
      return;
    }
    // What the page has not asked for yet, or has as new already.
    if (known === undefined || known.id !== cityId || known.version >= change.city.version) return;
    queries.setQueryData(key, change.city);
    setBefore({ atMs: Date.now(), city: known });
    // Lists around it may show it too.
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey !== key && mayShow(queryKey) });
  };

  useStream<CityChangesEvent>({
    key: String(cityId),
    subscribe: (lastEventId, handlers) => client.city.changes.subscribe({ ids: [cityId], lastEventId }, handlers),
    onEvent: take,
  });
  return before?.city.id === cityId ? before : null;
}

/** Keys of queries begin with the path of their procedure. */
function mayShow([path]: readonly unknown[]): boolean {
  const name = Array.isArray(path) ? path.join(".") : "";
  return name === "city.nearby" || name === "country.stats";
}
