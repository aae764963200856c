/** Clocks that differ by more than this disagree. Between machines that run NTP the difference is a few milliseconds. */
export const maxClockSkewMs = 10_000;
/** A node whose clock is this close to the agreed time keeps its own: a reading over a network can be off by as much. */
const maxReadingErrorMs = 100;

export type ClockSource = "postgres" | "redis";

/** A reading of another clock: when it was requested and received, by the monotonic clock, and its value. */
export type ClockReading = { readonly sentAtMs: number; readonly receivedAtMs: number; readonly serverMs: number };

/**
 * `unchecked`: no other clock has been read. `agreed`: at least two clocks agree. `disputed`: no two of them do, so no time
 * can be trusted: date nothing and delete nothing by it.
 */
export type ClockState = "unchecked" | "agreed" | "disputed";

export type ClockStatus = {
  readonly state: ClockState;
  /** This node's clock minus the agreed time; null unless the state is `agreed`. */
  readonly skewMs: number | null;
  /** The clock of each store minus this node's clock. */
  readonly stores: Readonly<Partial<Record<ClockSource, number>>>;
};

/**
 * The time of day that a majority of clocks agrees on: this node's, that of Postgres and that of Redis. A single wrong clock,
 * whichever it is, dates nothing and deletes nothing.
 */
export type SharedClock = {
  /** Whole milliseconds since 1970: the agreed time, or else this node's own. Costs one reading of the monotonic clock. */
  readonly now: () => number;
  readonly observe: (source: ClockSource, reading: ClockReading) => void;
  readonly status: () => ClockStatus;
};

export type SharedClockOptions = {
  /** This node's wall clock in ms. Default: `Date.now`. */
  own?: () => number;
  /** Monotonic, in ms. Default: `performance.now`. */
  monotonic?: () => number;
};

const sources: readonly ClockSource[] = ["postgres", "redis"];

export function createSharedClock({
  own = () => Date.now(),
  monotonic = () => performance.now(),
}: SharedClockOptions = {}): SharedClock {
  /** What to add to the monotonic clock to get the clock of each store. Both advance at the same speed. */
  const offsets = new Map<ClockSource, number>();
  /** The same for the agreed time; null unless clocks agree. */
  let agreedOffsetMs: number | null = null;
  let state: ClockState = "unchecked";

  /** The clock of Postgres before that of Redis before this node's: of clocks that agree, the one that dates rows leads. */
  function decide(): void {
    const ownOffsetMs = own() - monotonic();
    agreedOffsetMs = null;
    for (const source of sources) {
      const offsetMs = offsets.get(source);
      if (offsetMs === undefined) continue;
      const others = [ownOffsetMs, ...[...offsets].flatMap(([other, ms]) => (other === source ? [] : [ms]))];
      if (!others.some((other) => Math.abs(other - offsetMs) <= maxClockSkewMs)) continue;
      agreedOffsetMs = Math.abs(ownOffsetMs - offsetMs) <= maxReadingErrorMs ? ownOffsetMs : offsetMs;
      break;
    }
    if (agreedOffsetMs !== null) state = "agreed";
    else state = offsets.size === 0 ? "unchecked" : "disputed";
  }

  return {
    now: () => (agreedOffsetMs === null ? own() : Math.floor(monotonic() + agreedOffsetMs)),
    observe: (source, { sentAtMs, receivedAtMs, serverMs }) => {
      if (!Number.isFinite(serverMs)) return;
      offsets.set(source, serverMs - (sentAtMs + receivedAtMs) / 2);
      decide();
    },
    status: () => {
      const ownOffsetMs = own() - monotonic();
      const stores = Object.fromEntries([...offsets].map(([source, ms]) => [source, Math.round(ms - ownOffsetMs)]));
      return { state, skewMs: agreedOffsetMs === null ? null : Math.round(ownOffsetMs - agreedOffsetMs), stores };
    },
  };
}

/** A time difference as text: `12 s`, `3 h`, `400 days`. */
export function describeSkew(skewMs: number): string {
  const seconds = Math.abs(skewMs) / 1000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
