import type { NodeFigures } from "../contract/nodes";
import type { BreakerName, InsightsRedis, RedisFigures } from "../contract/tables";
import type { SeriesOf } from "@weir/telemetry";
import { byName, perSecond, share, toTiming } from "./timing";

type Redis = SeriesOf["redis"];

/** Behind the name of a connection: the series that counts how its breaker changed. */
const breakerSuffix = " (breaker)";

/** `<connection> <COMMAND>`. */
function partsOf(name: string): { connection: string; command: string } {
  const at = name.lastIndexOf(" ");
  return at === -1 ? { connection: name, command: "" } : { connection: name.slice(0, at), command: name.slice(at + 1) };
}

export function toRedisCommands(series: ReadonlyMap<string, Redis>, coveredMs: number): RedisFigures[] {
  const commands = [...series].filter(([name, { durations }]) => !name.endsWith(breakerSuffix) && durations.count > 0);
  const allMs = commands.reduce((sum, [, { durations }]) => sum + durations.sumMs, 0);
  return commands.map(([name, { durations, errors }]) => ({
    ...toTiming(name, durations, errors),
    ...partsOf(name),
    perSecond: perSecond(durations.count, coveredMs),
    totalShare: share(durations.sumMs, allMs),
  }));
}

/** Each connection that has a breaker, by name, with how the nodes that report have it now. */
export function toBreakers(
  series: ReadonlyMap<string, Redis>,
  nodes: readonly NodeFigures[],
): InsightsRedis["breakers"] {
  const states = new Map<string, { id: string; state: BreakerName }[]>();
  for (const name of series.keys()) {
    if (name.endsWith(breakerSuffix)) states.set(name.slice(0, -breakerSuffix.length), []);
  }
  for (const { id, standing, report } of nodes) {
    if (standing !== "reporting") continue;
    for (const { connection, state } of report?.breakers ?? []) {
      states.set(connection, [...(states.get(connection) ?? []), { id, state }]);
    }
  }
  return [...states]
    .map(([connection, of]) => {
      const counts = series.get(`${connection}${breakerSuffix}`);
      return { connection, opened: counts?.opened ?? 0, closed: counts?.closed ?? 0, nodes: of };
    })
    .toSorted((a, b) => byName(a.connection, b.connection));
}
