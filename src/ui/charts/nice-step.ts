const steps = [1, 2, 5, 10] as const;

/** The smallest of 1, 2 or 5 times a power of ten that divides `reach` into at most `most` parts. `reach` is positive. */
export function niceStep(reach: number, most: number): number {
  const least = reach / most;
  const magnitude = 10 ** Math.floor(Math.log10(least));
  // Ten times the magnitude is above any `least`, so the search always finds one.
  return magnitude * (steps.find((step) => step * magnitude >= least * (1 - 1e-9)) ?? 10);
}
