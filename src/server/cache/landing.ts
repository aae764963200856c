import type { ClockReading } from "./clock";
import type { Engine } from "./engine";
import { encodeEntry } from "./entry";
import { type Flight, type Job, land } from "./flight";
import type { L1Entry } from "./l1";
import type { Loaded } from "./load";
import type { Plan } from "./plan";
import type { Found } from "./stored";

/** Bytes an L1 entry takes beside its text, roughly. */
const overheadBytes = 256;

type Kept = Pick<L1Entry, "value" | "marks" | "freshUntilMs" | "usableUntilMs" | "expired" | "checkedEpoch">;

function keep({ l1 }: Engine, { id, generation }: Flight, json: string, kept: Kept): void {
  if (!l1.enabled) return;
  let sizeBytes = overheadBytes + 2 * json.length;
  for (const mark of kept.marks) sizeBytes += 2 * mark.length;
  // No sequence is below zero: the first read checks once more.
  l1.store(id, { ...kept, generation, sizeBytes, checkedSequence: -1, refreshAfterMs: 0 });
}

/** False when what this flight brings belongs to a past that this node has left behind, or has not reached yet. */
export function mayStore({ fence }: Engine, flight: Flight, clock: ClockReading | null): boolean {
  if (fence.incarnation === null || flight.generation !== fence.generation) return false;
  return clock === null || clock.incarnation === fence.incarnation;
}

/** Shares an entry of L2. False, and nothing done, when it is stale and the caller is there to replace it. */
export function landStored(
  engine: Engine,
  flight: Flight,
  clock: ClockReading | null,
  found: Found,
  refresh: boolean,
): boolean {
  const { value, json, marks, expired, freshUntilMs, usableUntilMs, checkedEpoch } = found;
  const stale = expired || engine.clock.now() >= freshUntilMs;
  if (stale && refresh) return false;
  if (mayStore(engine, flight, clock) && engine.fence.judge(marks, checkedEpoch) !== "void") {
    keep(engine, flight, json, { value, marks, freshUntilMs, usableUntilMs, expired, checkedEpoch });
  }
  land(flight, { value, from: "l2", stale, marks, epoch: checkedEpoch, loadMs: null });
  return true;
}

/** Shares what was loaded, and stores it in both tiers unless something that touches it was invalidated meanwhile. */
export function landLoaded<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  { key, cacheKey, flight }: Job<Key>,
  clock: ClockReading | null,
  loaded: Loaded,
  loadMs: number,
): void {
  const { value } = loaded;
  // The value is what JSON made of the definition's own type, which is what every reader gets.
  const tagMarks = plan.tagMarks(key, value as Value | null);
  const marks = [...plan.impliedMarks(cacheKey), ...tagMarks];
  const verdict = engine.fence.judge(marks, flight.epoch);
  const freshMs = value === null ? plan.negativeMs : plan.freshMs * (0.9 + 0.1 * engine.random());
  const worthKeeping = verdict === "valid" || (verdict === "expired" && value !== null);
  if (freshMs !== null && worthKeeping && mayStore(engine, flight, clock)) {
    const freshUntilMs = engine.clock.now() + freshMs;
    const usableUntilMs = freshUntilMs + (value === null ? 0 : plan.staleMs);
    const times = { freshUntilMs, usableUntilMs };
    keep(engine, flight, loaded.json, {
      value,
      marks,
      ...times,
      expired: verdict === "expired",
      checkedEpoch: flight.epoch,
    });
    const entryKey = engine.keys.entry(plan.group, plan.definition.version, cacheKey);
    if (clock !== null) fill(engine, entryKey, tagMarks, flight.epoch, clock.incarnation, loaded.json, times);
  }
  land(flight, { value, from: "load", stale: false, marks, epoch: flight.epoch, loadMs });
}

function fill(
  { l2, redisTime, clock }: Engine,
  entryKey: string,
  marks: readonly string[],
  epoch: number,
  incarnation: string,
  json: string,
  times: { freshUntilMs: number; usableUntilMs: number },
): void {
  const freshUntilMs = redisTime.fromLocal(times.freshUntilMs);
  const usableUntilMs = redisTime.fromLocal(times.usableUntilMs);
  if (l2 === null || freshUntilMs === null || usableUntilMs === null) return;
  const text = encodeEntry({ incarnation, epoch, freshUntilMs, usableUntilMs, marks, json });
  l2.fill(entryKey, text, times.usableUntilMs - clock.now());
}
