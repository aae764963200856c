import { type CacheLoadMessage, type CacheOutcome, type CacheTier, channels } from "@/server/channels";
import { promised } from "./promised";

/** How one key read ended, before it is published. */
export type Ended = { outcome: CacheOutcome; tier: CacheTier | null; loadMs: number | null };

/** One run of a load. `loadMs` is what was published. */
export type Run<Answer> =
  | { readonly ok: true; readonly answer: Answer; readonly loadMs: number }
  | { readonly ok: false; readonly error: unknown };

/**
 * Runs a load, publishes how long it took and whether it threw, and calls `ended` then; never before it has returned.
 * `ended` must not throw.
 */
export function publishingLoad<Answer>(
  about: Pick<CacheLoadMessage, "group" | "keys" | "background">,
  load: () => Promise<Answer>,
  ended: (run: Run<Answer>) => void,
): void {
  const startedAtMs = performance.now();
  const publish = (ok: boolean): number => {
    const durationMs = performance.now() - startedAtMs;
    if (channels.cache.hasSubscribers) {
      const { group, keys, background } = about;
      channels.cache.publish({ type: "load", group, keys, background, durationMs, ok });
    }
    return durationMs;
  };
  promised(load).then(
    (answer) => ended({ ok: true, answer, loadMs: publish(true) }),
    (error: unknown) => {
      publish(false);
      ended({ ok: false, error });
    },
  );
}

/** The instant a read began; 0 when nobody listens, so that nobody pays for the time. */
export function beginRead(): number {
  return channels.cache.hasSubscribers ? performance.now() : 0;
}

export function publishRead(group: string, startedAtMs: number, { outcome, tier, loadMs }: Ended): void {
  if (!channels.cache.hasSubscribers) return;
  const durationMs = startedAtMs === 0 ? 0 : performance.now() - startedAtMs;
  channels.cache.publish({ type: "read", group, outcome, tier, durationMs, loadMs });
}
