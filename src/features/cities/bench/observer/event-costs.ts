import { openBundles } from "@weir/testkit/bundles";
import type { TemporaryServices } from "@weir/embedded";
import { startChild } from "../../../../../bench/cache-fleet/child";
import { formatTable } from "../../../../../bench/table";

export type Observer = "nobody" | "telemetry" | "telemetry and traces";
export type EventSettings = { redisUrl: string; keyPrefix: string; observer: Observer };

/** Nanoseconds per message of each kind, and of a request as a whole. */
export type EventCosts = Record<string, number>;

const observers = ["nobody", "telemetry", "telemetry and traces"] as const satisfies readonly Observer[];
const program = new URL("./publish-events.ts", import.meta.url);

/** The cost of publishing one message, by its subscribers; each in a separate process. */
export async function measureEvents(services: TemporaryServices, ms: number): Promise<Map<Observer, EventCosts>> {
  const bundles = openBundles();
  const costs = new Map<Observer, EventCosts>();
  try {
    const path = await bundles.add(program);
    for (const observer of observers) {
      const settings: EventSettings = { redisUrl: services.queueRedisUrl, keyPrefix: "events:", observer };
      const child = startChild({ program: path, input: JSON.stringify(settings), pidFolder: services.folder });
      try {
        // The output of the program.
        costs.set(observer, (await child.call("measure", ms)) as EventCosts);
      } finally {
        await child.kill();
      }
    }
  } finally {
    bundles.remove();
  }
  return costs;
}

/** The costs as a table: publishing without subscribers, and what subscribers add. */
export function describeEvents(costs: ReadonlyMap<Observer, EventCosts>): string {
  const bare = costs.get("nobody") ?? {};
  const counted = costs.get("telemetry") ?? {};
  const traced = costs.get("telemetry and traces") ?? {};
  const show = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(0));
  const over = (above: number | undefined, below: number | undefined): string =>
    above === undefined || below === undefined ? "–" : show(above - below);
  const rows = Object.keys(counted).map((kind) => [
    kind,
    show(bare[kind]),
    over(counted[kind], bare[kind]),
    over(traced[kind], counted[kind]),
  ]);
  return formatTable(["message", "ns to publish", "ns to count", "ns to trace"], rows, 1);
}
