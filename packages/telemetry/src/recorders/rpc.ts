import { channels } from "@weir/core/channels";
import type { CurrentOf } from "./current";
import { currentOrigin } from "./origin";

/** Counts procedure calls and the bytes that answer them into the book that `current` answers. Returns the function that ends it. */
export function recordRpc(current: CurrentOf): () => void {
  const endCalls = channels.rpc.subscribe((message) => {
    const book = current(message.endedAtMs);
    try {
      book.tables.rpc.at(currentOrigin(), message.procedure).record(message);
      book.recorded += 1;
    } catch {
      book.dropped += 1;
    }
  });
  const endAnswers = channels.response.subscribe(({ origin, procedure, bytes, endedAtMs }) => {
    const book = current(endedAtMs);
    try {
      book.tables.rpc.at(origin, procedure).recordBytes(bytes);
      book.recorded += 1;
    } catch {
      book.dropped += 1;
    }
  });
  return () => {
    endCalls();
    endAnswers();
  };
}
