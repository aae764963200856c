/** A moment as the clocks of a time zone show it. `month` is 1 to 12. */
export type ZonedTime = { year: number; month: number; day: number; hour: number; minute: number; second: number };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone, format);
  return format;
}

/** The time zone of the viewer, `Europe/Berlin`. */
export const localTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function zonedTimeAt(atMs: number, timeZone: string): ZonedTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const read = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name));
  return {
    year: read("year"),
    month: read("month"),
    day: read("day"),
    hour: read("hour"),
    minute: read("minute"),
    second: read("second"),
  };
}

const asUtcMs = ({ year, month, day, hour, minute, second }: ZonedTime): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/** How far the zone's clocks are ahead of UTC at a moment, in ms. */
function offsetMsAt(atMs: number, timeZone: string): number {
  const wholeMs = Math.floor(atMs / 1_000) * 1_000;
  return asUtcMs(zonedTimeAt(wholeMs, timeZone)) - wholeMs;
}

/** `UTC+01:00`; `UTC` without an offset. */
export function zoneAt(atMs: number, timeZone: string): string {
  const minutes = Math.round(offsetMsAt(atMs, timeZone) / minuteMs);
  if (minutes === 0) return "UTC";
  const two = (value: number): string => String(value).padStart(2, "0");
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/**
 * The moments at which the zone's clocks show a time, earliest first, in ms since 1970: usually one, two in the hour that is
 * repeated when summer time ends, none in the hour that is skipped when it begins.
 */
export function momentsOf(time: ZonedTime, timeZone: string): number[] {
  const shownMs = asUtcMs(time);
  const offsets = new Set([shownMs - dayMs, shownMs, shownMs + dayMs].map((atMs) => offsetMsAt(atMs, timeZone)));
  return [...offsets]
    .map((offsetMs) => shownMs - offsetMs)
    .filter((atMs) => asUtcMs(zonedTimeAt(atMs, timeZone)) === shownMs)
    .toSorted((a, b) => a - b);
}

/** The value of a `datetime-local` field, `2026-03-29T01:30:00`. */
export function toFieldValue(atMs: number, timeZone: string): string {
  return new Date(asUtcMs(zonedTimeAt(atMs, timeZone))).toISOString().slice(0, 19);
}

/** The time in a `datetime-local` field; null if it is incomplete. */
export function readFieldValue(text: string): ZonedTime | null {
  const [, ...parts] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?$/.exec(text) ?? [];
  const [year, month, day, hour, minute, second = "0"] = parts;
  if (year === undefined || month === undefined || day === undefined || hour === undefined || minute === undefined) {
    return null;
  }
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
}
