import { type ClockReading, parseClock } from "../clock";
import type { Mark } from "../marks";
import { describeMark, type KeyNames, markOfGroup, markOfStoredKey } from "../names";
import type { InspectionRedis } from "./inspection-redis";
import type { StoredHeader } from "./stored-header";
import type { Reason, Standing } from "./types";
import type { NamedEntry } from "./walk";

/** What Redis knew of invalidations, and its time, at one instant. */
export type Moment = {
  /** Null where Redis was wiped and no node has begun a new clock yet: nothing stored is valid then. */
  readonly clock: ClockReading | null;
  readonly serverMs: number;
  readonly marks: ReadonlyMap<string, Mark>;
};

const mostFields = 2000;

/** Every mark that an entry bears: of its group, its key and its tags. */
export function marksOfEntry({ group, key }: Pick<NamedEntry, "group" | "key">, header: StoredHeader): string[] {
  return [markOfGroup(group), markOfStoredKey(group, key), ...header.marks];
}

export async function readMoment(redis: InspectionRedis, keys: KeyNames, names: ReadonlySet<string>): Promise<Moment> {
  const wanted = [...names];
  const marks = new Map<string, Mark>();
  for (let from = 0; from < wanted.length; from += mostFields / 2) {
    const portion = wanted.slice(from, from + mostFields / 2);
    const fields = portion.flatMap((name) => [`p:${name}`, `e:${name}`]);
    // Portions, so that no question keeps Redis from answering others.
    const epochs = await redis.ask("ZMSCORE", (client) => client.zmscore(keys.marks, ...fields));
    for (const [index, name] of portion.entries()) {
      marks.set(name, { purged: Number(epochs[2 * index] ?? 0), expired: Number(epochs[2 * index + 1] ?? 0) });
    }
  }
  // After the marks: those that were pruned in between show as a risen floor.
  const [clockText, time] = await redis.ask("TIME", (client) => Promise.all([client.get(keys.clock), client.time()]));
  const [seconds, microseconds] = time;
  return {
    clock: parseClock(clockText),
    serverMs: Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000),
    marks,
  };
}

/** Whether an entry would be served, and why not: every reason that holds, those that void it first. */
export function judgeStanding(header: StoredHeader, bears: readonly string[], moment: Moment): Standing {
  const { clock, marks, serverMs } = moment;
  const { epoch, freshUntilMs, usableUntilMs } = header;
  if (clock === null || header.incarnation !== clock.incarnation) {
    return { state: "void", reasons: [{ cause: "incarnation", mark: null, epoch: null }] };
  }
  const voids: Reason[] = [];
  const ages: Reason[] = [];
  if (epoch < clock.purgeFloor) voids.push({ cause: "purged", mark: "*", epoch: clock.purgeFloor });
  if (epoch < clock.expireFloor) ages.push({ cause: "expired", mark: "*", epoch: clock.expireFloor });
  for (const name of bears) {
    const mark = marks.get(name);
    if (mark === undefined) continue;
    if (mark.purged > epoch) voids.push({ cause: "purged", mark: describeMark(name), epoch: mark.purged });
    if (mark.expired > epoch) ages.push({ cause: "expired", mark: describeMark(name), epoch: mark.expired });
  }
  if (serverMs >= usableUntilMs) voids.push({ cause: "age", mark: null, epoch: null });
  else if (serverMs >= freshUntilMs) ages.push({ cause: "age", mark: null, epoch: null });
  const state = voids.length > 0 ? "void" : ages.length > 0 ? "stale" : "fresh";
  return { state, reasons: [...voids, ...ages] };
}
