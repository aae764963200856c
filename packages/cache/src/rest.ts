import type { Engine } from "./engine";

const mostDoublings = 20;

/** How long a key whose load has just failed is not refreshed, after so many failures in a row before this one; in ms. */
export function restAfter({ restMs, random }: Pick<Engine, "restMs" | "random">, failures: number): number {
  const doubled = restMs.least * 2 ** Math.min(failures, mostDoublings);
  return Math.min(restMs.most, doubled) * (0.75 + random() / 2);
}
