import { isServerFault, WeirError } from "@weir/core/errors";
import type { Logger } from "./logger";
import { channels } from "@weir/core/channels";

/** A failed request. */
export type LoggedFailure = {
  error: Error;
  /** tRPC's code for it. */
  code: string;
  requestId: string;
  /** The procedure's path; null when the path names none. */
  procedure: string | null;
};

/** The original error inside tRPC's wrapper. */
function thrown(error: Error): Error {
  return error.name === "TRPCError" && error.cause instanceof Error ? error.cause : error;
}

/**
 * Logs server failures once per request, with the stack: unexpected errors as `error`, catalogued ones (overload, an
 * unreachable database) as `warn`. Client errors go to `onRefused` and are not logged. At most ten records a second per code and procedure;
 * the next record says how many were suppressed.
 */
export function createFailureLog(
  log: Logger,
  { now = () => performance.now(), onRefused }: { now?: () => number; onRefused?: (code: string) => void } = {},
) {
  const throttle = new Throttle({ most: 10, perMs: 1_000, now });
  const lastRequest = new WeakMap<Error, string>();
  return ({ error, code, requestId, procedure }: LoggedFailure): void => {
    if (!isServerFault(code)) return onRefused?.(code);
    const err = thrown(error);
    // One failure may be reported at several layers on its way out.
    if (lastRequest.get(err) === requestId) return;
    lastRequest.set(err, requestId);
    const heldBack = throttle.take(`${code} ${procedure ?? ""}`);
    if (heldBack === null) return;
    const facts = { requestId, ...(procedure !== null && { procedure }), code, ...(heldBack > 0 && { heldBack }), err };
    if (err instanceof WeirError) log.warn(facts, "A request failed.");
    else log.error(facts, "A request failed.");
  };
}

const droppedEveryMs = 60_000;

/** Logs that connections are dropped because `most` are open: once a minute at most, with how many they were. */
export function createDropLog(log: Logger, most: number, now: () => number = () => performance.now()): () => void {
  let dropped = 0;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    dropped += 1;
    if (now() - toldAtMs < droppedEveryMs) return;
    toldAtMs = now();
    log.warn({ dropped }, `${most} connections are open, the limit (LIMIT_CONNECTIONS): further ones are closed.`);
    dropped = 0;
  };
}

export type RefusalLog = {
  /** Counts a refused request under a tRPC code. */
  count: (code: string) => void;
  /** Writes what was counted since the last time, if anything was. */
  write: () => void;
};

/**
 * Logs how many requests were refused through the caller's fault, by HTTP status and by tRPC code: one record however many
 * there were. `byStatus` counts all refusals of this process before a procedure ran.
 */
export function createRefusalLog(log: Logger, byStatus: () => ReadonlyMap<number, number>): RefusalLog {
  let codes = new Map<string, number>();
  let before = new Map(byStatus());
  return {
    count: (code) => void codes.set(code, (codes.get(code) ?? 0) + 1),
    write: () => {
      const now = new Map(byStatus());
      const statuses = [...now].map(([status, count]) => [status, count - (before.get(status) ?? 0)] as const);
      const refused = Object.fromEntries([...statuses.filter(([, count]) => count > 0), ...codes]);
      before = now;
      codes = new Map();
      if (Object.keys(refused).length > 0) log.info({ refused }, "Requests were refused.");
    },
  };
}

const slowMs = 1_000;

/**
 * Logs each query and mutation that took longer than a second as `warn`, at most ten a second per procedure. Returns a
 * function that stops it.
 */
export function logSlowCalls(log: Logger, now: () => number = () => performance.now()): () => void {
  const throttle = new Throttle({ most: 10, perMs: 1_000, now });
  return channels.rpc.subscribe(({ procedure, type, durationMs, ok, errorCode }) => {
    if (durationMs <= slowMs || type === "subscription") return;
    const heldBack = throttle.take(procedure);
    if (heldBack === null) return;
    const facts = { procedure, durationMs: Math.round(durationMs), ok, ...(errorCode !== null && { code: errorCode }) };
    log.warn({ ...facts, ...(heldBack > 0 && { heldBack }) }, "Slow call.");
  });
}

/** Lets the first few of each kind through per interval and counts the rest, so that an error storm does not fill the disk. */
export class Throttle {
  readonly #most: number;
  readonly #perMs: number;
  readonly #now: () => number;
  readonly #kinds = new Map<string, { sinceMs: number; passed: number; heldBack: number }>();

  /** `now` in milliseconds, on any clock. Tracks at most `maxKinds` kinds at a time. */
  constructor(options: { most: number; perMs: number; now: () => number }) {
    this.#most = options.most;
    this.#perMs = options.perMs;
    this.#now = options.now;
  }

  /** Null when this record is suppressed, otherwise how many of its kind were suppressed before it. */
  take(kind: string): number | null {
    const nowMs = this.#now();
    let known = this.#kinds.get(kind);
    if (known === undefined) {
      if (this.#kinds.size >= maxKinds) this.#kinds.clear();
      known = { sinceMs: nowMs, passed: 0, heldBack: 0 };
      this.#kinds.set(kind, known);
    }
    if (nowMs - known.sinceMs >= this.#perMs) {
      known.sinceMs = nowMs;
      known.passed = 0;
    }
    if (known.passed >= this.#most) {
      known.heldBack += 1;
      return null;
    }
    known.passed += 1;
    const { heldBack } = known;
    known.heldBack = 0;
    return heldBack;
  }
}

const maxKinds = 500;
