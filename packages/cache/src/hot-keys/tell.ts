import { runOutsideScope } from "@weir/core/scope";
import type { Connection } from "../connection";
import type { HotKeys } from "./hot-keys";
import { encodeSummary } from "./summary";

export type TellOptions = { hot: HotKeys; connection: Connection; key: string; everyMs: number };

const keptRounds = 3;

/**
 * Writes this node's summary to Redis under a key of its own, one small command now and then; it ends by itself soon
 * after the node does. Returns the function that stops it.
 */
export function tellHotKeys({ hot, connection, key, everyMs }: TellOptions): () => void {
  const tell = (): void => {
    const summary = hot.turn();
    if (summary === null || !connection.usable) return;
    const text = encodeSummary(summary);
    // A round that Redis did not take is told with the next.
    void connection.send("SET", (redis) => redis.set(key, text, "PX", keptRounds * everyMs)).catch(() => undefined);
  };
  const timer = runOutsideScope(() => setInterval(tell, everyMs));
  timer.unref();
  return () => clearInterval(timer);
}
