import { channels } from "../../channels";
import type { Book } from "../book";
import { currentOrigin } from "./origin";

/** Counts procedure calls into the book that `current` answers. Returns the function that ends it. */
export function recordRpc(current: () => Book): () => void {
  return channels.rpc.subscribe((message) => {
    const book = current();
    try {
      book.rpc.at(currentOrigin(), message.procedure).record(message);
      book.recorded += 1;
    } catch {
      book.dropped += 1;
    }
  });
}
