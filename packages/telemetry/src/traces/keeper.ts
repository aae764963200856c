import type { TraceKind } from "./types";
import { isServerFault } from "@weir/core/errors";
import { traceOf } from "@weir/core/scope";
import type { EndedRequest, Recording } from "./recording";

/** A recording that is kept, or may be. */
export type Candidate = EndedRequest & {
  readonly recording: Recording;
  /** When it ended, by the wall clock. */
  readonly endedAtMs: number;
  readonly kinds: Set<TraceKind>;
  /** Time in the statement that it ran most often. */
  repeatedMs: number;
  /** Rankings of this minute that hold it. */
  places: number;
  /** The caller records this trace, and somebody exports it. */
  readonly isForCaller: boolean;
};

export type KeeperOptions = {
  /** Share of all requests that are kept at random, 0 to 1. */
  sampleRatio: number;
  /** Of each procedure and minute. */
  slowest?: number;
  /** Faults kept of each procedure and minute: the first ones. */
  maxFailures?: number;
  /** Procedures told apart; requests of others are kept as samples and faults only. */
  maxProcedures?: number;
  fewestRepeats: number;
  /** Also those that the caller records, for whoever exports them. */
  wantsSampledByCaller: () => boolean;
  /** 0 ≤ x < 1. */
  random: () => number;
  /** Wall clock. */
  now: () => number;
  /** Takes those that are kept, now or when their minute is over; without kinds it is only for exporting. */
  keep: (candidate: Candidate) => void;
  /** Takes back all others. */
  release: (recording: Recording) => void;
};

/** One ranking of the minute: the best few, by their score. */
type Ranking = { readonly entries: Candidate[]; least: number };

/** Time in the statement that ran most often, at least `fewest` times; 0 when none did. */
function repeatedTime(recording: Recording, fewest: number): number {
  if (recording.statements < fewest) return 0;
  const seen = new Map<string, { times: number; ms: number }>();
  for (const { kind, name, durationMs } of recording.cells()) {
    if (kind !== "statement") continue;
    const known = seen.get(name);
    if (known === undefined) seen.set(name, { times: 1, ms: durationMs });
    else {
      known.times += 1;
      known.ms += durationMs;
    }
  }
  return Math.max(0, ...[...seen.values()].filter(({ times }) => times >= fewest).map(({ ms }) => ms));
}

/**
 * Decides which requests are worth a trace, when they end: the server's faults at once, a sample of all, and of each
 * procedure and minute the slowest and the one that repeats a statement most. Whatever is none of these costs a look at a
 * map. A minute is as long as `turn` says.
 */
export class Keeper {
  readonly #options: Required<KeeperOptions>;
  readonly #slow = new Map<string, Ranking>();
  readonly #repeated = new Map<string, Ranking>();
  readonly #failures = new Map<string, number>();

  constructor(options: KeeperOptions) {
    this.#options = { slowest: 3, maxFailures: 20, maxProcedures: 500, ...options };
  }

  /** Takes over the recording. */
  ended(recording: Recording, ended: EndedRequest): void {
    const { request, durationMs } = ended;
    const { sampleRatio, random, fewestRepeats, slowest } = this.#options;
    if (recording.isStream || recording.procedure === null) return this.#options.release(recording);
    const { origin, procedure } = recording;
    const key = origin === "app" ? procedure : `${origin} ${procedure}`;
    const isSampled = sampleRatio > 0 && random() < sampleRatio;
    const isFault = recording.errorCode !== null && isServerFault(recording.errorCode);
    const isFailure = isFault && this.#mayFail(key);
    // A call that was refused says nothing about how slow the procedure is, and a fault is shown as one.
    const isSlow = recording.errorCode === null && this.#wouldRank(this.#slow, key, slowest, durationMs);
    const repeatedMs = repeatedTime(recording, fewestRepeats);
    const isRepeated = repeatedMs > 0 && this.#wouldRank(this.#repeated, key, 1, repeatedMs);
    const isForCaller =
      request.traceparent !== undefined && this.#options.wantsSampledByCaller() && traceOf(request).sampled;
    if (!isSampled && !isFailure && !isSlow && !isRepeated && !isForCaller) return this.#options.release(recording);

    const kinds = new Set<TraceKind>();
    if (isFailure) kinds.add("failed");
    if (isSampled) kinds.add("sampled");
    const endedAtMs = this.#options.now();
    const candidate = { ...ended, recording, endedAtMs, kinds, repeatedMs, places: 0, isForCaller };
    if (isSlow) this.#rank(this.#slow, key, slowest, candidate, "slowest");
    if (isRepeated) this.#rank(this.#repeated, key, 1, candidate, "repeated");
    if (candidate.places === 0) this.#options.keep(candidate);
  }

  /** Ends the minute: hands over what stands in its rankings. */
  turn(): void {
    const standing = new Set<Candidate>();
    for (const rankings of [this.#slow, this.#repeated]) {
      for (const { entries } of rankings.values()) for (const candidate of entries) standing.add(candidate);
      rankings.clear();
    }
    this.#failures.clear();
    for (const candidate of standing) this.#options.keep(candidate);
  }

  #mayFail(key: string): boolean {
    const failures = this.#failures.get(key) ?? 0;
    if (failures >= this.#options.maxFailures) return false;
    if (failures === 0 && this.#failures.size >= this.#options.maxProcedures) return false;
    this.#failures.set(key, failures + 1);
    return true;
  }

  #wouldRank(rankings: Map<string, Ranking>, key: string, most: number, score: number): boolean {
    const ranking = rankings.get(key);
    if (ranking === undefined) return most > 0 && rankings.size < this.#options.maxProcedures;
    return ranking.entries.length < most || score > ranking.least;
  }

  #rank(rankings: Map<string, Ranking>, key: string, most: number, candidate: Candidate, kind: TraceKind): void {
    const scoreOf = (one: Candidate): number => (kind === "slowest" ? one.durationMs : one.repeatedMs);
    const ranking = rankings.get(key) ?? { entries: [], least: 0 };
    rankings.set(key, ranking);
    candidate.kinds.add(kind);
    candidate.places += 1;
    ranking.entries.push(candidate);
    ranking.entries.sort((a, b) => scoreOf(b) - scoreOf(a));
    const [displaced] = ranking.entries.splice(most);
    const last = ranking.entries.at(-1);
    ranking.least = last === undefined ? 0 : scoreOf(last);
    if (displaced !== undefined) this.#displace(displaced, kind);
  }

  #displace(candidate: Candidate, kind: TraceKind): void {
    candidate.kinds.delete(kind);
    candidate.places -= 1;
    if (candidate.places > 0) return;
    if (candidate.kinds.size > 0 || candidate.isForCaller) this.#options.keep(candidate);
    else this.#options.release(candidate.recording);
  }
}
