import { type CacheMessage, type CacheReadMessage, channels } from "@weir/core/channels";
import { currentScope, type Origin } from "@weir/core/scope";
import type { MetricSnapshot } from "../store/snapshot";
import type { StatementTexts } from "./statement-texts";

/** Counts procedure calls and response bytes into the snapshot that `current` returns. Returns the unsubscribe function. */
export function recordRpc(current: CurrentOf): () => void {
  const endCalls = channels.rpc.subscribe((message) => {
    const snapshot = current(message.endedAtMs);
    try {
      snapshot.tables.rpc.at(currentOrigin(), message.procedure).record(message);
      snapshot.recorded += 1;
    } catch {
      snapshot.dropped += 1;
    }
  });
  const endAnswers = channels.response.subscribe(({ origin, procedure, bytes, endedAtMs }) => {
    const snapshot = current(endedAtMs);
    try {
      snapshot.tables.rpc.at(origin, procedure).recordBytes(bytes);
      snapshot.recorded += 1;
    } catch {
      snapshot.dropped += 1;
    }
  });
  return () => {
    endCalls();
    endAnswers();
  };
}

/** Maximum tags per entry that a sampled read counts. */
const maxMembers = 64;

/** The tags of one family on an entry, counted as members of the family. */
function addMembers(
  snapshot: MetricSnapshot,
  origin: Origin,
  marks: readonly string[],
  family: string,
  weight: number,
): void {
  const members = snapshot.tables.tag.at(origin, family).members;
  const isOne = !family.endsWith("*");
  const begin = isOne ? `t:${family}` : `t:${family.slice(0, -1)}`;
  let added = 0;
  for (const mark of marks) {
    if (isOne ? mark !== begin : !mark.startsWith(begin)) continue;
    members.add(mark.slice(2), weight);
    added += 1;
    if (added === maxMembers) return;
  }
}

function recordTags(snapshot: MetricSnapshot, origin: Origin, message: CacheReadMessage, sampler: Sampler): void {
  const { families, marks } = message;
  if (families === undefined) return;
  const weight = sampler.draw();
  for (const family of families) {
    snapshot.tables.tag.at(origin, family).record(message);
    if (weight > 0 && marks !== undefined) addMembers(snapshot, origin, marks, family, weight);
  }
}

function record(snapshot: MetricSnapshot, message: CacheMessage, sampler: Sampler): void {
  const origin = currentOrigin();
  const { tables } = snapshot;
  switch (message.type) {
    case "read": {
      tables.cache.at(origin, message.group).record(message);
      recordTags(snapshot, origin, message, sampler);
      break;
    }
    case "load":
      tables.cache.at(origin, message.group).recordLoad(message);
      break;
    case "fill":
      tables.cache.at(origin, message.group).recordFill(message);
      break;
    case "eviction":
      tables.cache.at(origin, message.group).recordEvictions(message.count);
      break;
    case "breaker":
      tables.redis.at(origin, breakerSeries).recordBreaker(message);
      break;
    case "invalidation":
      return;
  }
  snapshot.recorded += 1;
}

/** Counts cache messages into the snapshot that `current` returns. Returns the unsubscribe function. */
export function recordCache(current: CurrentOf, sampler: Sampler): () => void {
  return channels.cache.subscribe((message) => {
    const snapshot = current(message.endedAtMs);
    try {
      record(snapshot, message, sampler);
    } catch {
      snapshot.dropped += 1;
    }
  });
}

/**
 * Counts statements and their waits for the database gate into the snapshot that `current` returns, and keeps
 * their texts. Returns the unsubscribe function.
 */
export function recordSql(current: CurrentOf, texts: StatementTexts): () => void {
  return channels.sql.subscribe((message) => {
    const snapshot = current(message.endedAtMs);
    try {
      const scope = currentScope();
      snapshot.tables.sql.at(scope?.origin ?? "job", message.statement).record(message, scope?.procedure ?? null);
      snapshot.tables.pool.at("job", "database").recordWait(message.waitMs);
      snapshot.recorded += 1;
      texts.note(message.statement, message.text);
    } catch {
      snapshot.dropped += 1;
    }
  });
}

/** Series for changes of the cache's breaker, beside its commands. */
const breakerSeries = "cache (breaker)";

/** Far more commands than a program sends. Names are memoized so that messages do not build strings. */
const maxNames = 500;

/** Counts commands by connection into the snapshot that `current` returns. Returns the unsubscribe function. */
export function recordRedis(current: CurrentOf): () => void {
  const names = new Map<string, Map<string, string>>();
  let known = 0;

  function nameOf(connection: string, command: string): string {
    const name = names.get(connection)?.get(command);
    if (name !== undefined) return name;
    const made = `${connection} ${command}`;
    if (known >= maxNames) return made;
    known += 1;
    const ofConnection = names.get(connection) ?? new Map<string, string>();
    names.set(connection, ofConnection.set(command, made));
    return made;
  }

  return channels.redis.subscribe((message) => {
    const snapshot = current(message.endedAtMs);
    try {
      snapshot.tables.redis.at(currentOrigin(), nameOf(message.connection, message.command)).record(message);
      snapshot.recorded += 1;
    } catch {
      snapshot.dropped += 1;
    }
  });
}

/** Counts background jobs of every origin into the snapshot that `current` returns. Returns the unsubscribe function. */
export function recordJobs(current: CurrentOf): () => void {
  return channels.job.subscribe((message) => {
    const snapshot = current();
    try {
      snapshot.tables.job.at("job", message.job).record(message);
      snapshot.recorded += 1;
    } catch {
      snapshot.dropped += 1;
    }
  });
}

/**
 * The origin of what is being recorded. Work outside any request (startup, sweeps, refreshes that outlive their request)
 * counts as a job: it is not application traffic, but it is shown unless it belongs to the dashboard.
 */
function currentOrigin(): Origin {
  return currentScope()?.origin ?? "job";
}

/** The snapshot for a message that ended at this `performance.now()`, or now if omitted. */
export type CurrentOf = (endedAtMs?: number) => MetricSnapshot;

/** Above this many samples per turn, sampling becomes rarer; below it, more frequent. */
const maxSamples = 200;
const minSamples = 50;
const coarsestStep = 4_096;

/** Samples about one event in `step` at random distances, so that the cost is bounded. Samples all at a low rate. */
export class Sampler {
  readonly #random: () => number;
  #step = 1;
  #left = 1;
  #samples = 0;

  /** `random`: from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The number of events that this one represents; 0 when it is skipped. */
  draw(): number {
    this.#left -= 1;
    if (this.#left > 0) return 0;
    const weight = this.#step;
    // From 1 to 2·step − 1, so `step` on average. A fixed distance would be biased for periodic traffic.
    this.#left = weight === 1 ? 1 : 1 + Math.floor(this.#random() * (2 * weight - 1));
    this.#samples += 1;
    if (this.#samples >= maxSamples) this.#take(Math.min(2 * weight, coarsestStep));
    return weight;
  }

  /** Call about once a second. */
  turn(): void {
    if (this.#samples < minSamples) this.#take(Math.max(1, this.#step >> 1));
    this.#samples = 0;
  }

  #take(step: number): void {
    this.#step = step;
    this.#samples = 0;
    this.#left = Math.min(this.#left, 2 * step - 1);
  }
}
