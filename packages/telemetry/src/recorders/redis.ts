import { channels } from "@weir/core/channels";
import type { CurrentOf } from "./current";
import { currentOrigin } from "./origin";

/** Where the changes of the cache's breaker are counted, beside its commands. */
export const breakerSeries = "cache (breaker)";

/** Far more commands than a program sends; the names are kept so that none is put together per message. */
const mostNames = 500;

/** Counts commands by connection into the book that `current` answers. Returns the function that ends it. */
export function recordRedis(current: CurrentOf): () => void {
  const names = new Map<string, Map<string, string>>();
  let known = 0;

  function nameOf(connection: string, command: string): string {
    const name = names.get(connection)?.get(command);
    if (name !== undefined) return name;
    const made = `${connection} ${command}`;
    if (known >= mostNames) return made;
    known += 1;
    const ofConnection = names.get(connection) ?? new Map<string, string>();
    names.set(connection, ofConnection.set(command, made));
    return made;
  }

  return channels.redis.subscribe((message) => {
    const book = current(message.endedAtMs);
    try {
      book.tables.redis.at(currentOrigin(), nameOf(message.connection, message.command)).record(message);
      book.recorded += 1;
    } catch {
      book.dropped += 1;
    }
  });
}
