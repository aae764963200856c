import { runOutsideScope } from "@weir/core/scope";
import { Line, type Place } from "@weir/core/line";

type Call = { readonly atMs: number; readonly ring: () => void };

/** One alarm that was set. */
export type Alarm = Place<Call>;

export type Alarms = {
  /** Calls `ring` once, not before `atMs` and within a few milliseconds after it, in no request's scope. */
  readonly set: (atMs: number, ring: () => void) => Alarm;
  /** One that has rung already is no error. */
  readonly cancel: (alarm: Alarm) => void;
};

/** Timers cannot be set for later than 25 days; one that comes early is simply set again. */
const longestTimerMs = 3_600_000;

/**
 * Any number of alarms over one timer, which stands at the earliest of them: to set one and to cancel it, as happens to
 * nearly all, touches no timer. Alarms alone keep no process alive.
 */
export function createAlarms(now: () => number): Alarms {
  const calls = new Line<Call>();
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = Infinity;

  function wakeAt(atMs: number): void {
    if (atMs >= timerAtMs) return;
    clearTimeout(timer);
    timerAtMs = atMs;
    const delayMs = Math.min(Math.ceil(atMs - now()), longestTimerMs);
    timer = runOutsideScope(() => setTimeout(ringDue, delayMs));
    timer.unref();
  }

  function ringDue(): void {
    timerAtMs = Infinity;
    const nowMs = now();
    for (const alarm of calls.places()) {
      // One that rings may have cancelled others.
      if (alarm.item.atMs <= nowMs && calls.leave(alarm)) alarm.item.ring();
    }
    let nextAtMs = Infinity;
    for (const { item } of calls.places()) nextAtMs = Math.min(nextAtMs, item.atMs);
    wakeAt(nextAtMs);
  }

  return {
    set: (atMs, ring) => {
      wakeAt(atMs);
      return calls.join({ atMs, ring });
    },
    cancel: (alarm) => void calls.leave(alarm),
  };
}
