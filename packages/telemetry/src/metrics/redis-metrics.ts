import { counter, gauge, histogram, type Metric } from "./metric";

const labels = ["connection", "command"] as const;

const breakerOf = (connection: string): string => `${connection} (breaker)`;

/** Connection and command of a series' name; null for a breaker. All beyond the cap go by one name. */
function commandOf(name: string): [connection: string, command: string] | null {
  const end = name.indexOf(" ");
  if (end === -1) return [name, name];
  const connection = name.slice(0, end);
  return name === breakerOf(connection) ? null : [connection, name.slice(end + 1)];
}

const breakerLevel = { closed: 0, "half-open": 0.5, open: 1 } as const;

export const redisMetrics: readonly Metric[] = [
  histogram({
    name: "weir_redis_duration_seconds",
    help: "Time of a Redis command from sending to its answer.",
    labels,
    read: ({ series }, emit) => {
      for (const [name, { durations }] of series.redis) {
        const command = commandOf(name);
        if (command !== null) emit(command, durations);
      }
    },
  }),
  counter({
    name: "weir_redis_errors_total",
    help: "Redis commands that failed or were given up.",
    labels,
    read: ({ series }, emit) => {
      for (const [name, { errors }] of series.redis) {
        const command = commandOf(name);
        if (command !== null) emit(command, errors);
      }
    },
  }),
  gauge({
    name: "weir_redis_breaker_open",
    help: "Whether a Redis is left alone because it failed: 1 open, 0.5 being tried, 0 closed.",
    labels: ["connection"],
    read: ({ state }, emit) => {
      for (const [connection, breaker] of Object.entries(state.redis)) emit([connection], breakerLevel[breaker]);
    },
  }),
  counter({
    name: "weir_redis_breaker_opened_total",
    help: "How often the breaker of a Redis opened.",
    labels: ["connection"],
    read: ({ series, state }, emit) => {
      for (const connection of Object.keys(state.redis)) {
        emit([connection], series.redis.get(breakerOf(connection))?.opened ?? 0);
      }
    },
  }),
];
