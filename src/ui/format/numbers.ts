/** A formatted number: the digits, and the unit shown small next to them. */
export type Reading = { value: string; unit: string };

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const withDigits = [0, 1, 2, 3].map(
  (digits) => new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** Shown where nothing was measured. */
export const noReading: Reading = { value: "–", unit: "" };

/** Rounds to at most `digits` decimals, always showing them. */
export function formatFixed(value: number, digits: 0 | 1 | 2 | 3): string {
  return (withDigits[digits] ?? whole).format(value);
}

/** A whole number with thousands separators. */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** Three significant digits, two below a millisecond: `0.042 ms`, `0.31 ms`, `1.90 ms`, `174 ms`, `12.4 s`, `3.2 min`. */
export function formatDuration(ms: number | null): Reading {
  if (ms === null) return noReading;
  if (ms === 0) return { value: "0", unit: "ms" };
  if (ms < 0.0995) return { value: formatFixed(ms, 3), unit: "ms" };
  if (ms < 9.995) return { value: formatFixed(ms, 2), unit: "ms" };
  if (ms < 99.95) return { value: formatFixed(ms, 1), unit: "ms" };
  if (ms < 999.5) return { value: formatFixed(ms, 0), unit: "ms" };
  if (ms < 9_995) return { value: formatFixed(ms / 1000, 2), unit: "s" };
  if (ms < 99_950) return { value: formatFixed(ms / 1000, 1), unit: "s" };
  if (ms < 599_500) return { value: formatFixed(ms / 1000, 0), unit: "s" };
  return { value: formatFixed(ms / 60_000, 1), unit: "min" };
}

/** A share from 0 to 1 in per cent. Never rounds to 100 or 0: 0.9999 is `>99.9`. */
export function formatShare(ratio: number | null): Reading {
  if (ratio === null) return noReading;
  const percent = ratio * 100;
  if (percent > 99.9 && percent < 100) return { value: ">99.9", unit: "%" };
  if (percent > 0 && percent < 0.1) return { value: "<0.1", unit: "%" };
  return { value: formatFixed(percent, 1), unit: "%" };
}

/** Large numbers in short: `8.34 M`, `417 k`, `950`. */
export function formatLarge(value: number): Reading {
  if (value < 9_999.5) return { value: formatCount(value), unit: "" };
  if (value < 999_500) return { value: formatFixed(value / 1e3, 0), unit: "k" };
  if (value < 9.995e6) return { value: formatFixed(value / 1e6, 2), unit: "M" };
  if (value < 999.5e6) return { value: formatFixed(value / 1e6, 1), unit: "M" };
  return { value: formatFixed(value / 1e9, 2), unit: "G" };
}

/** Kilometres: one decimal below a hundred, none above. */
export function formatDistance(km: number): Reading {
  return { value: formatFixed(km, km < 99.95 ? 1 : 0), unit: "km" };
}

/** Events per second, precise enough that rare events do not read as zero. */
export function formatRate(perSecond: number | null): Reading {
  if (perSecond === null) return noReading;
  return {
    value: formatFixed(perSecond, perSecond === 0 ? 0 : perSecond < 0.995 ? 2 : perSecond < 99.5 ? 1 : 0),
    unit: "/s",
  };
}

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes in units of 1024, with three significant digits: `512 B`, `1.50 KiB`, `23.4 MiB`. */
export function formatBytes(bytes: number | null): Reading {
  if (bytes === null) return noReading;
  // From 1000 on the next unit is shorter to read, although it begins at 1024.
  const power = byteUnits.findIndex((_, index) => Math.abs(bytes) < 999.5 * 1024 ** index);
  const index = power === -1 ? byteUnits.length - 1 : power;
  const value = bytes / 1024 ** index;
  const digits = index === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return { value: formatFixed(value, digits), unit: byteUnits[index] ?? "B" };
}

/** The reading as plain text, for titles and screen readers. */
export function readAloud({ value, unit }: Reading): string {
  return unit === "" ? value : `${value} ${unit}`;
}
