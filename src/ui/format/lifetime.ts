const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const two = (value: number): string => String(value).padStart(2, "0");

/** What is left of a time to live, counted down to the second: `0:42`, `4:05`, `1:04:05`, `3 d 4 h`. Never negative. */
export function formatCountdown(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / second)) * second;
  if (left >= 2 * day) return `${Math.floor(left / day)} d ${Math.floor((left % day) / hour)} h`;
  const [hours, minutes, seconds] = [
    Math.floor(left / hour),
    Math.floor((left % hour) / minute),
    (left % minute) / second,
  ];
  return hours === 0 ? `${minutes}:${two(seconds)}` : `${hours}:${two(minutes)}:${two(seconds)}`;
}

/** A configured duration, without rounding what was configured: `250 ms`, `90 s`, `5 min`, `36 h`, `7 d`. */
export function formatLifetime(ms: number): string {
  if (ms < second || ms % second !== 0) return `${ms} ms`;
  if (ms < 2 * minute || ms % minute !== 0) return `${ms / second} s`;
  if (ms < 2 * hour || ms % hour !== 0) return `${ms / minute} min`;
  return ms < 2 * day || ms % day !== 0 ? `${ms / hour} h` : `${ms / day} d`;
}
