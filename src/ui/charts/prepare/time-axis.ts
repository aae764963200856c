/** A place on an axis, and its label. */
export type Tick = { at: number; label: string };

/** Tells the time in one time zone. Times are in seconds since 1970. */
export type ZoneClock = {
  /** `Europe/Berlin`. */
  zone: string;
  /** How far its clocks are ahead of UTC at that moment, in seconds. */
  offsetAt: (at: number) => number;
  /** `UTC+1`, `UTC−3:30`. */
  offsetName: (at: number) => string;
  /** `09:05`, or `09:05:07` unless the step is a whole number of minutes. */
  time: (at: number, stepSeconds: number) => string;
  /** `14 Nov`. */
  day: (at: number) => string;
  /** `Sat 14 Nov 2026`. */
  fullDay: (at: number) => string;
};

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const clocks = new Map<string, ZoneClock>();

function makeClock(zone: string): ZoneClock {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone });
    return (at: number): string => made.format(at * 1000);
  };
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const offsetAt = (at: number): number => {
    const found = Object.fromEntries(parts.formatToParts(at * 1000).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day: date = 1, hour: hours = 0, minute: minutes = 0, second = 0 } = found;
    return Date.UTC(year, month - 1, date, hours, minutes, second) / 1000 - Math.floor(at);
  };
  const short = format({ hour: "2-digit", minute: "2-digit" });
  const long = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const weekday = format({ weekday: "short" });
  const date = format({ day: "numeric", month: "short", year: "numeric" });
  return {
    zone,
    offsetAt,
    offsetName: (at) => {
      const offset = Math.round(offsetAt(at) / minute);
      if (offset === 0) return "UTC";
      const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
      return `UTC${offset < 0 ? "−" : "+"}${hours}${minutes === 0 ? "" : `:${String(minutes).padStart(2, "0")}`}`;
    },
    time: (at, stepSeconds) => (stepSeconds % minute === 0 ? short : long)(at),
    day: format({ day: "numeric", month: "short" }),
    fullDay: (at) => `${weekday(at)} ${date(at)}`,
  };
}

/** The clock of a time zone. Made once per zone, since making one costs a millisecond. */
export function clockOf(zone: string): ZoneClock {
  const known = clocks.get(zone) ?? makeClock(zone);
  clocks.set(zone, known);
  return known;
}

/** The time zone of the viewer. */
export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The steps between ticks, in seconds. */
const tickSteps = (
  [
    [1, [1, 2, 5, 10, 15, 30]],
    [minute, [1, 2, 5, 10, 15, 30]],
    [hour, [1, 2, 3, 6, 12]],
    [day, [1, 2, 7, 14, 28]],
  ] as const
).flatMap(([unit, counts]) => counts.map((count) => count * unit));

/** The moment at which the clocks of the zone show `wall` (seconds as if the zone were UTC). */
function momentOf(wall: number, clock: ZoneClock): number {
  const guess = wall - clock.offsetAt(wall - clock.offsetAt(wall));
  // Around a change of the clocks the first guess may have used the offset of the other side.
  return wall - clock.offsetAt(guess);
}

/** Round times of the zone in [from, to), at most `maxTicks`. Longer steps than an hour skip what the clocks skip. */
function roundTimes(from: number, to: number, maxTicks: number, clock: ZoneClock): { step: number; times: number[] } {
  const step = tickSteps.find((one) => (to - from) / one <= maxTicks) ?? 28 * day;
  const times: number[] = [];
  if (step <= hour) {
    // Hours pass evenly even where the clocks change, so both 02:30 of an autumn night have their place.
    const shift = clock.offsetAt(from) % step;
    for (let at = Math.ceil((from + shift) / step) * step - shift; at < to; at += step) times.push(at);
    return { step, times };
  }
  const first = Math.floor((from + clock.offsetAt(from)) / step) * step;
  for (let wall = first; ; wall += step) {
    const at = momentOf(wall, clock);
    if (at >= to) return { step, times };
    const isShown = at + clock.offsetAt(at) === wall;
    if (at >= from && isShown && at > (times.at(-1) ?? Number.NEGATIVE_INFINITY)) times.push(at);
  }
}

/**
 * The ticks of a time axis in the viewer's zone, right across changes of its clocks: times of day, with the day where a
 * new one begins.
 */
export function timeTicks(from: number, to: number, maxTicks: number, clock: ZoneClock): Tick[] {
  const { step, times } = roundTimes(from, to, Math.max(1, maxTicks), clock);
  return times.map((at) => {
    const isMidnight = (at + clock.offsetAt(at)) % day === 0;
    return { at, label: step >= day || isMidnight ? clock.day(at) : clock.time(at, step) };
  });
}

/** The change of the zone's clocks between two moments, to the second; null without one. */
function clockChange(from: number, to: number, clock: ZoneClock): number | null {
  let [low, high] = [Math.floor(from), Math.floor(to)];
  const before = clock.offsetAt(low);
  if (before === clock.offsetAt(high)) return null;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (clock.offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** Names the zone of the times on a chart, and the change of its clocks if one is on it. */
export function zoneNote(from: number, to: number, clock: ZoneClock): string {
  const change = clockChange(from, to, clock);
  const offset = clock.offsetName(to);
  if (change === null) return clock.zone === offset ? offset : `${clock.zone} (${offset})`;
  const [was, is] = [clock.offsetName(change - 1), clock.offsetName(change)];
  return `${clock.zone} (${was}, ${is} from ${clock.day(change)}, ${clock.time(change, minute)})`;
}

/** An interval in words: `14:05–14:10`, with the day where it is not today. */
export function intervalWords(from: number, stepSeconds: number, nowSeconds: number, clock: ZoneClock): string {
  const to = from + stepSeconds;
  if (stepSeconds >= day) return `${clock.fullDay(from)}, ${clock.time(from, minute)} – ${clock.day(to)}`;
  const time = `${clock.time(from, stepSeconds)}–${clock.time(to, stepSeconds)}`;
  // The same time of day comes twice when the clocks are set back.
  const isAmbiguous = clock.offsetAt(from - 3 * hour) !== clock.offsetAt(from + 3 * hour);
  const zone = isAmbiguous ? ` ${clock.offsetName(from)}` : "";
  return clock.fullDay(from) === clock.fullDay(nowSeconds) ? `${time}${zone}` : `${clock.day(from)}, ${time}${zone}`;
}
