import { type CacheLoadMessage, type CacheOutcome, type CacheTier, channels } from "@weir/core/channels";
import { countRead } from "@weir/core/scope";
import { promised } from "./promised";
import { familiesOf } from "./tag-families";

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
    const endedAtMs = performance.now();
    const durationMs = endedAtMs - startedAtMs;
    if (channels.cache.hasSubscribers) {
      const { group, keys, background } = about;
      channels.cache.publish({ type: "load", group, keys, background, durationMs, ok, endedAtMs });
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

/** What a read says of the entry that answered it. */
type Tagged = { readonly families: readonly string[] | undefined; readonly marks: readonly string[] };
/** What telemetry may know of a group: its tags, unless they name what nobody may see. */
type About = { readonly group: string; readonly isSensitive: boolean };

export function publishRead(about: About, startedAtMs: number, ended: Ended, tagged: Tagged | null): void {
  if (!channels.cache.hasSubscribers) return;
  const { group } = about;
  const { outcome, tier, loadMs } = ended;
  const endedAtMs = performance.now();
  const durationMs = startedAtMs === 0 ? 0 : endedAtMs - startedAtMs;
  countRead();
  const families = tagged?.families;
  const marks = families === undefined || about.isSensitive ? undefined : tagged?.marks;
  channels.cache.publish({ type: "read", group, outcome, tier, durationMs, loadMs, families, marks, endedAtMs });
}

/** As above, for a read whose entry is known by its marks only. */
export function publishArrival(about: About, startedAtMs: number, ended: Ended, marks: readonly string[]): void {
  if (!channels.cache.hasSubscribers) return;
  publishRead(about, startedAtMs, ended, { families: familiesOf(marks), marks });
}

/** What became of a value that was loaded. `bytes` of what was stored, in letters of its JSON. */
export function publishFill(group: string, bytes: number, reason: "stale" | "unwanted" | null): void {
  if (!channels.cache.hasSubscribers) return;
  channels.cache.publish({ type: "fill", group, bytes, stored: reason === null, reason });
}
