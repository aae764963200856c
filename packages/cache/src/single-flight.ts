import type { Fence } from "./fence";
import type { Flight } from "./flight";

/** The flights that others may join, at most one per id. */
export type SingleFlight = {
  /**
   * The flight under way for this id, unless it is known already that it would bring something too old: then, or when
   * it has been under way for suspiciously long, the caller starts one that takes its place.
   */
  find: (id: string, nowMs: number, knownMarks: () => readonly string[]) => Flight | undefined;
  /** Makes a flight that has just begun known until it has ended. */
  add: (flight: Flight) => void;
  readonly size: number;
};

export type SingleFlightOptions = { fence: Fence; longestMs: number; enabled: boolean };

export function createSingleFlight({ fence, longestMs, enabled }: SingleFlightOptions): SingleFlight {
  const flights = new Map<string, Flight>();
  return {
    find: (id, nowMs, knownMarks) => {
      const flight = flights.get(id);
      if (flight === undefined || nowMs - flight.startedAtMs > longestMs) return undefined;
      if (flight.sequence === fence.sequence) return flight;
      if (flight.generation !== fence.generation) return undefined;
      return fence.judge(knownMarks(), flight.epoch) === "void" ? undefined : flight;
    },
    add: (flight) => {
      if (!enabled) return;
      flights.set(flight.id, flight);
      const end = (): void => {
        if (flights.get(flight.id) === flight) flights.delete(flight.id);
      };
      flight.waiting.push({ landed: end, failed: end });
    },
    get size() {
      return flights.size;
    },
  };
}
