import { channels } from "@weir/core/channels";
import type { CallCounts, Origin } from "@weir/core/scope";

type Procedure = { underWay: number; origin: Origin | null };

const procedures = new Map<string, Procedure>();
let underWay = 0;

/** Procedure calls that have begun and not ended, in this process. */
export function callsInFlight(): number {
  return underWay;
}

/**
 * A call begins. Answers how many calls of the procedure are under way now, this one included. `origin`: under which its
 * calls are counted, null when the request says so.
 */
export function beginCall(name: string, origin: Origin | null): number {
  let procedure = procedures.get(name);
  // Names are those of the router's procedures, so they are few.
  if (procedure === undefined) procedures.set(name, (procedure = { underWay: 0, origin }));
  underWay += 1;
  procedure.underWay += 1;
  return procedure.underWay;
}

/** A call that was begun has ended, or what it was begun as. */
export function endCall(name: string): void {
  const procedure = procedures.get(name);
  if (procedure === undefined) return;
  underWay -= 1;
  procedure.underWay -= 1;
}

/** Under which origin the calls of a procedure are counted; null when the request says so, or none was called. */
export function originOf(name: string): Origin | null {
  return procedures.get(name)?.origin ?? null;
}

/** To be filled by cache and database; null when nobody listens to calls. */
export function openCounts(): CallCounts | null {
  return channels.rpc.hasSubscribers ? { cacheReads: 0, statements: 0, poolWaitMs: 0, sqlMs: 0 } : null;
}
