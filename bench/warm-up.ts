/** Smaller improvements over the best step do not count. */
const gain = 1.05;

export type WarmUpStep = { requests: number; requestsPerCpuSecond: number };

/**
 * Repeats a step until `enough` requests were answered and the last step was no better than the best one before: the
 * compiler is done then. Resolves with whether that happened within `most` steps.
 */
export async function warmUp(options: {
  step: () => Promise<WarmUpStep>;
  enough: number;
  most: number;
}): Promise<boolean> {
  const { step, enough, most } = options;
  let best = 0;
  let answered = 0;
  for (let taken = 0; taken < most; taken += 1) {
    const { requests, requestsPerCpuSecond } = await step();
    answered += requests;
    if (answered >= enough && requestsPerCpuSecond < best * gain) return true;
    best = Math.max(best, requestsPerCpuSecond);
  }
  return false;
}
