/** Faults and recoveries outside the nodes. */
const breakages = [
  "freeze or thaw a node",
  "cut a connection",
  "trim the log",
  "trim the log to its last entry",
  "write a snapshot",
  "come back with the snapshot",
  "wipe the server",
  "refuse an invalidation",
  "lose marks",
] as const;
export type Breakage = (typeof breakages)[number];
/** The possible next steps. */
export type Kind = "move" | "read" | "write" | "pass a while" | "restart a node" | Breakage;

export const isBreakage = (kind: Kind): kind is Breakage => breakages.some((one) => one === kind);

export type Faults = {
  /** Writes, cut connections, frozen nodes, a trimmed log, a server that comes back with an old snapshot, time that passes. */
  trouble: boolean;
  /** The server loses a mark, which its memory policy rules out: a defect to be found. */
  evictMarks: boolean;
};

/** How often each kind comes in one schedule, and how the schedule ends. */
export type Swarm = {
  /** Kinds by weight: a number below `total` selects the first kind whose running sum exceeds it. */
  readonly weights: readonly (readonly [Kind, number])[];
  readonly total: number;
  /** Nodes receive the log only when nothing else is in flight, so that their knowledge lags behind their reads. */
  readonly hasSlowLog: boolean;
  /** Replies queue up until no more requests are sent, and arrive together, as in a busy process. */
  readonly holdsAnswers: boolean;
  /** Time steps in ms: short ones trigger retries but no timeouts. */
  readonly pausesMs: readonly number[];
  /** Before the final reads one node restarts, and then knows only the marks that the server has. */
  readonly endsWithNewcomer: boolean;
};

/** Mulberry32 (Tommy Ettinger): numbers from 0 to below 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Faults that the engine must tolerate. */
const troubles: readonly Kind[] = [...breakages.filter((kind) => kind !== "lose marks"), "restart a node"];

/**
 * Draws the weights of one schedule (swarm testing, Groce et al. 2012): each omits half of the faults, so that the rest
 * interact with each other and with reads undisturbed. A schedule with all faults finds less, because one fault repairs
 * the damage of another before the next read.
 */
export function drawSwarm(seed: number, { trouble, evictMarks }: Faults): Swarm {
  const next = random(seed);
  const between = (least: number, most: number): number => least + next() * (most - least);
  const weights: [Kind, number][] = [
    ["move", between(30, 70)],
    ["read", between(8, 30)],
  ];
  if (trouble) {
    weights.push(["write", between(4, 20)], ["pass a while", between(1, 16)]);
    for (const kind of troubles) if (next() < 0.5) weights.push([kind, between(0.5, 5)]);
    if (evictMarks) weights.push(["lose marks", between(1, 8)]);
  }
  return {
    weights,
    total: weights.reduce((sum, [, weight]) => sum + weight, 0),
    hasSlowLog: next() < 0.3,
    holdsAnswers: next() < 0.4,
    pausesMs: next() < 0.4 ? [20, 90] : [20, 90, 150, 900, 2_100],
    endsWithNewcomer: next() < 0.5,
  };
}

/** The kind selected by `part`, from 0 to below 1. */
export function pickKind({ weights, total }: Swarm, part: number): Kind {
  let left = part * total;
  for (const [kind, weight] of weights) {
    left -= weight;
    if (left < 0) return kind;
  }
  return "move";
}
