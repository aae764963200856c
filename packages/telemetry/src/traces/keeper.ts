import type { TraceKind } from "./types";
import { isServerFault } from "@weir/core/errors";
import { traceOf } from "@weir/core/scope";
import type { EndedRequest, Recording } from "./recording";

/** A recording that is kept or may be kept. */
export type Candidate = EndedRequest & {
  readonly recording: Recording;
  /** End time by the wall clock. */
  readonly endedAtMs: number;
  readonly kinds: Set<TraceKind>;
  /** Time spent in the most repeated statement. */
  repeatedMs: number;
  /** Number of this minute's rankings that include it. */
  places: number;
  /** The caller records this trace, and an exporter is listening. */
  readonly isForCaller: boolean;
};

export type KeeperOptions = {
  /** Share of all requests kept as a random sample, 0 to 1. */
  sampleRatio: number;
  /** Per procedure and minute. */
  slowest?: number;
  /** Maximum faults kept per procedure and minute; the first ones are kept. */
  maxFailures?: number;
  /** Maximum procedures tracked; requests of others are kept only as samples and faults. */
  maxProcedures?: number;
  minRepeats: number;
  /** Also keeps traces recorded by the caller, for export. */
  wantsSampledByCaller: () => boolean;
  /** 0 ≤ x < 1. */
  random: () => number;
  /** Wall clock. */
  now: () => number;
  /** Receives each kept candidate, at once or at the end of its minute; without kinds, it is for export only. */
  keep: (candidate: Candidate) => void;
  /** Releases all others. */
  release: (recording: Recording) => void;
};

/** One ranking of the minute: the top few by score. */
type Ranking = { readonly entries: Candidate[]; least: number };

/** Time spent in the most repeated statement with at least `minRuns` runs; 0 if there is none. */
function repeatedTime(recording: Recording, minRuns: number): number {
  if (recording.statements < minRuns) return 0;
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
  return Math.max(0, ...[...seen.values()].filter(({ times }) => times >= minRuns).map(({ ms }) => ms));
}

/**
 * Decides which requests are worth a trace when they end: server faults at once, a sample of all requests, and for each
 * procedure and minute the slowest and the one that repeats a statement most. Any other request costs only a map
 * lookup. Calls to `turn` define the minutes.
 */
export class Keeper {
  readonly #options: Required<KeeperOptions>;
  readonly #slow = new Map<string, Ranking>();
  readonly #repeated = new Map<string, Ranking>();
  readonly #failures = new Map<string, number>();

  constructor(options: KeeperOptions) {
    this.#options = { slowest: 3, maxFailures: 20, maxProcedures: 500, ...options };
  }

  /** Takes ownership of the recording. */
  ended(recording: Recording, ended: EndedRequest): void {
    const { request, durationMs } = ended;
    const { sampleRatio, random, minRepeats, slowest } = this.#options;
    if (recording.isStream || recording.procedure === null) return this.#options.release(recording);
    const { origin, procedure } = recording;
    const key = origin === "app" ? procedure : `${origin} ${procedure}`;
    const isSampled = sampleRatio > 0 && random() < sampleRatio;
    const isFault = recording.errorCode !== null && isServerFault(recording.errorCode);
    const isFailure = isFault && this.#mayFail(key);
    // A rejected call says nothing about how slow the procedure is, and a fault is kept as a fault.
    const isSlow = recording.errorCode === null && this.#wouldRank(this.#slow, key, slowest, durationMs);
    const repeatedMs = repeatedTime(recording, minRepeats);
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

  /** Ends the minute: keeps every candidate in its rankings. */
  turn(): void {
    const ranked = new Set<Candidate>();
    for (const rankings of [this.#slow, this.#repeated]) {
      for (const { entries } of rankings.values()) for (const candidate of entries) ranked.add(candidate);
      rankings.clear();
    }
    this.#failures.clear();
    for (const candidate of ranked) this.#options.keep(candidate);
  }

  #mayFail(key: string): boolean {
    const failures = this.#failures.get(key) ?? 0;
    if (failures >= this.#options.maxFailures) return false;
    if (failures === 0 && this.#failures.size >= this.#options.maxProcedures) return false;
    this.#failures.set(key, failures + 1);
    return true;
  }

  #wouldRank(rankings: Map<string, Ranking>, key: string, limit: number, score: number): boolean {
    const ranking = rankings.get(key);
    if (ranking === undefined) return limit > 0 && rankings.size < this.#options.maxProcedures;
    return ranking.entries.length < limit || score > ranking.least;
  }

  #rank(rankings: Map<string, Ranking>, key: string, limit: number, candidate: Candidate, kind: TraceKind): void {
    const scoreOf = (one: Candidate): number => (kind === "slowest" ? one.durationMs : one.repeatedMs);
    const ranking = rankings.get(key) ?? { entries: [], least: 0 };
    rankings.set(key, ranking);
    candidate.kinds.add(kind);
    candidate.places += 1;
    ranking.entries.push(candidate);
    ranking.entries.sort((a, b) => scoreOf(b) - scoreOf(a));
    const [displaced] = ranking.entries.splice(limit);
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
