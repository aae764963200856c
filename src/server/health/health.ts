import { timerMs } from "@weir/core/timers";

/** `degraded`: it works, but not fully. `unknown`: not checked yet. */
export type PartState = "up" | "degraded" | "down" | "unknown";
export type PartName = "postgres" | "cache" | "queue" | "clock";

/** The result of a probe. `reason` is public; `detail` adds the server's message, for logs and operators. */
export type Finding = {
  readonly state: Exclude<PartState, "unknown">;
  readonly reason?: string;
  readonly detail?: string;
};

export type Part = {
  readonly state: PartState;
  /** Null while the part is up or unknown. */
  readonly reason: string | null;
  readonly detail: string | null;
};

/**
 * `degraded`: the node serves what it can, and no other node is in a better state. `not-ready`: requests belong on other nodes, or
 * nothing can be served.
 */
export type HealthState = "ready" | "degraded" | "not-ready";

export type HealthReport = {
  readonly state: HealthState;
  readonly parts: Readonly<Record<PartName, Part>>;
};

export type Probe = {
  /** Its name in a log line: `Postgres (DATABASE_URL)`. */
  readonly label: string;
  /** Resolves with what it found; a rejection counts as down. It is given up after the deadline. */
  readonly look: () => Promise<Finding>;
};

/** A part that is degraded or down. */
export type Trouble = {
  readonly label: string;
  readonly state: "degraded" | "down";
  readonly detail: string;
  /** Calls fail because of it. */
  readonly isCritical: boolean;
};

/** One part changed its state. */
export type HealthChange = { readonly part: PartName; readonly isUp: boolean; readonly line: string };

export type Health = {
  /** The last report; costs nothing. */
  readonly report: () => HealthReport;
  /** The parts that are not up, with the server's own message: for operators. */
  readonly troubles: () => readonly Trouble[];
  /** Status and body of `/readyz`, made when the report changes. */
  readonly response: () => { readonly status: 200 | 503; readonly body: string };
  /** Checks every part once and resolves with the report. Never rejects, and takes no longer than the deadline. */
  readonly check: () => Promise<HealthReport>;
  /** Checks in the background from now on. `onChange` is called once per change of a part. */
  readonly start: (onChange: (change: HealthChange) => void) => void;
  readonly close: () => void;
};

export type HealthOptions = {
  probes: Readonly<Record<PartName, Probe>>;
  /** Whether other nodes reach a Postgres that this node has not reached for so long. */
  isPostgresSeenElsewhere: (lostForMs: number) => boolean;
  everyMs?: number;
  deadlineMs?: number;
  /** Monotonic, in ms. */
  now?: () => number;
};

/** So many findings in a row change the state of a part: one slow response is no outage, and one success no recovery. */
const inARow = 2;
/** An outage of Postgres that is shorter, such as a restart, takes no node out of rotation. */
export const patienceMs = 5_000;

const partNames = ["postgres", "cache", "queue", "clock"] as const satisfies readonly PartName[];
const stores = ["postgres", "cache", "queue"] as const;
const unknown: Part = { state: "unknown", reason: null, detail: null };

type Seen = { part: Part; candidate: Part; times: number; sinceMs: number };

/**
 * Watches what this node depends on. Checks in the background, at most one check per part at a time, so a request for
 * the state costs nothing, and any number of requests puts no load on a store.
 */
export function createHealth(options: HealthOptions): Health {
  const {
    probes,
    isPostgresSeenElsewhere,
    everyMs = 1_000,
    deadlineMs = 2_000,
    now = () => performance.now(),
  } = options;
  const seen = new Map<PartName, Seen>(
    partNames.map((name) => [name, { part: unknown, candidate: unknown, times: 0, sinceMs: now() }]),
  );
  let report: HealthReport = toReport();
  let response = toResponse(report);
  let onChange: (change: HealthChange) => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  function toReport(): HealthReport {
    const partOf = (name: PartName): Part => seen.get(name)?.part ?? unknown;
    const parts = {
      postgres: partOf("postgres"),
      cache: partOf("cache"),
      queue: partOf("queue"),
      clock: partOf("clock"),
    };
    const lostForMs = now() - (seen.get("postgres")?.sinceMs ?? now());
    return { state: judgeParts(parts, lostForMs, isPostgresSeenElsewhere), parts };
  }

  /** A running check is joined, so a store that does not respond gets no further checks. */
  const running = new Map<PartName, Promise<Finding>>();
  function ask(name: PartName): Promise<Finding> {
    const known = running.get(name);
    if (known !== undefined) return known;
    const asked = probes[name].look().finally(() => running.delete(name));
    running.set(name, asked);
    return asked;
  }

  async function look(name: PartName): Promise<Part> {
    const { label } = probes[name];
    let late: NodeJS.Timeout | undefined;
    const deadline = new Promise<Finding>((resolve) => {
      late = setTimeout(
        () =>
          resolve({
            state: "down",
            reason: "no response",
            detail: `No response from ${label} within ${deadlineMs} ms.`,
          }),
        timerMs(deadlineMs),
      );
      late.unref();
    });
    try {
      const { state, reason = null, detail = null } = await Promise.race([ask(name), deadline]);
      return { state, reason, detail };
    } catch (error) {
      return { state: "down", reason: "unreachable", detail: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(late);
    }
  }

  function take(name: PartName, found: Part): void {
    const known = seen.get(name);
    if (known === undefined) return;
    known.times = known.candidate.state === found.state ? known.times + 1 : 1;
    known.candidate = found;
    const { part } = known;
    if (found.state === part.state) {
      // A new reason for the same state is shown, and does not count as a change.
      known.part = found;
      return;
    }
    if (part.state !== "unknown" && known.times < inARow) return;
    const lastedMs = now() - known.sinceMs;
    known.part = found;
    known.sinceMs = now();
    if (part.state === "unknown" && found.state === "up") return;
    const { label } = probes[name];
    const isUp = found.state === "up";
    const line = isUp
      ? `${label} is up again after ${Math.round(lastedMs / 1000)} s.`
      : `${label} is ${found.state}: ${found.detail ?? found.reason ?? "no reason given"}`;
    onChange({ part: name, isUp, line });
  }

  async function check(): Promise<HealthReport> {
    await Promise.all(stores.map(async (name) => take(name, await look(name))));
    // Based on the results of the stores.
    take("clock", await look("clock"));
    report = toReport();
    response = toResponse(report);
    return report;
  }

  function schedule(): void {
    if (isClosed) return;
    timer = setTimeout(() => void check().then(schedule), timerMs(everyMs * (0.9 + Math.random() / 5)));
    timer.unref();
  }

  return {
    report: () => report,
    troubles: () =>
      partNames.flatMap((name) => {
        const { state, reason, detail } = report.parts[name];
        if (state === "up" || state === "unknown") return [];
        const { label } = probes[name];
        return [{ label, state, detail: detail ?? reason ?? "", isCritical: name === "postgres" }];
      }),
    response: () => response,
    check,
    start: (listener) => {
      onChange = listener;
      // What was found before anything listened.
      for (const name of partNames) {
        const { state, detail, reason } = report.parts[name];
        if (state === "up" || state === "unknown") continue;
        const line = `${probes[name].label} is ${state}: ${detail ?? reason ?? "no reason given"}`;
        onChange({ part: name, isUp: false, line });
      }
      schedule();
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

function judgeParts(
  { postgres, cache, queue, clock }: HealthReport["parts"],
  lostForMs: number,
  isPostgresSeenElsewhere: (lostForMs: number) => boolean,
): HealthState {
  const hasLostPostgres = postgres.state !== "up" && postgres.state !== "unknown" && lostForMs >= patienceMs;
  if (hasLostPostgres && (cache.state === "down" || isPostgresSeenElsewhere(lostForMs))) return "not-ready";
  const isWhole = [postgres, cache, queue, clock].every(({ state }) => state === "up" || state === "unknown");
  return isWhole ? "ready" : "degraded";
}

function toResponse({ state, parts }: HealthReport): { status: 200 | 503; body: string } {
  const shown = Object.fromEntries(
    partNames.map((name) => {
      const { state: partState, reason } = parts[name];
      return [name, reason === null ? { state: partState } : { state: partState, reason }];
    }),
  );
  return { status: state === "not-ready" ? 503 : 200, body: `${JSON.stringify({ state, parts: shown })}\n` };
}
