const steps = [1, 2, 5, 10] as const;

/** The smallest of 1, 2 or 5 times a power of ten that divides `reach` into at most `maxParts` parts. `reach` is positive. */
export function niceStep(reach: number, maxParts: number): number {
  const minStep = reach / maxParts;
  const magnitude = 10 ** Math.floor(Math.log10(minStep));
  // Ten times the magnitude is above any `minStep`, so one is always found.
  return magnitude * (steps.find((step) => step * magnitude >= minStep * (1 - 1e-9)) ?? 10);
}
