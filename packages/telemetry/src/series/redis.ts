import type { CacheBreakerMessage, RedisMessage } from "@weir/core/channels";
import { Histogram } from "@weir/core/sketches/histogram";
import { Series, Sums } from "./fields";
import { metricsOf, type SeriesMetric } from "./metric";

const counterNames = ["errors", "opened", "halfOpened", "closed"] as const;
const counterOf = { open: "opened", "half-open": "halfOpened", closed: "closed" } as const;

/** One command of one connection; under the connection's own name, its breaker changes. */
export class RedisSeries extends Series {
  /** From sending to the reply, including failures. */
  readonly durations = this.field(new Histogram());
  readonly #counters = this.field(new Sums(counterNames));

  get count(): number {
    return this.durations.count + this.opened + this.closed + this.#counters.get("halfOpened");
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** Commands that failed or timed out. */
  get errors(): number {
    return this.#counters.get("errors");
  }

  /** How often the breaker opened. */
  get opened(): number {
    return this.#counters.get("opened");
  }

  /** How often it closed again. */
  get closed(): number {
    return this.#counters.get("closed");
  }

  record({ durationMs, ok }: RedisMessage): void {
    this.durations.record(durationMs);
    if (!ok) this.#counters.take("errors", 1);
  }

  recordBreaker({ state }: CacheBreakerMessage): void {
    this.#counters.take(counterOf[state], 1);
  }
}

const labels = ["connection", "command"] as const;

const breakerOf = (connection: string): string => `${connection} (breaker)`;

/** Connection and command of a series name; null for a breaker. Series beyond the cap share one name. */
function commandOf(name: string): [connection: string, command: string] | null {
  const end = name.indexOf(" ");
  if (end === -1) return [name, name];
  const connection = name.slice(0, end);
  return name === breakerOf(connection) ? null : [connection, name.slice(end + 1)];
}

const breakerLevel = { closed: 0, "half-open": 0.5, open: 1 } as const;

const { counter, gauge, histogram } = metricsOf<RedisSeries>("command");

export const redisMetrics: readonly SeriesMetric<RedisSeries>[] = [
  histogram({
    name: "weir_redis_duration_seconds",
    help: "Duration of Redis commands, from sending to the reply.",
    labels,
    read: (series, emit) => {
      for (const [name, { durations }] of series) {
        const command = commandOf(name);
        if (command !== null) emit(command, durations);
      }
    },
  }),
  counter({
    name: "weir_redis_errors_total",
    help: "Redis commands that failed or timed out.",
    labels,
    read: (series, emit) => {
      for (const [name, { errors }] of series) {
        const command = commandOf(name);
        if (command !== null) emit(command, errors);
      }
    },
  }),
  gauge({
    name: "weir_redis_breaker_open",
    help: "State of a Redis circuit breaker: 1 open, 0.5 half-open, 0 closed.",
    labels: ["connection"],
    read: (_series, emit, { state }) => {
      for (const [connection, breaker] of Object.entries(state.redis)) emit([connection], breakerLevel[breaker]);
    },
  }),
  counter({
    name: "weir_redis_breaker_opened_total",
    help: "Times that a Redis circuit breaker opened.",
    labels: ["connection"],
    read: (series, emit, { state }) => {
      for (const connection of Object.keys(state.redis)) {
        emit([connection], series.get(breakerOf(connection))?.opened ?? 0);
      }
    },
  }),
];
