import { channels } from "../../channels";
import type { Book } from "../book";
import { currentOrigin } from "./origin";

/** Counts cache reads and loads into the book that `current` answers. Returns the function that ends it. */
export function recordCache(current: () => Book): () => void {
  return channels.cache.subscribe((message) => {
    if (message.type !== "read" && message.type !== "load") return;
    const book = current();
    try {
      const series = book.cache.at(currentOrigin(), message.group);
      if (message.type === "load") series.recordLoad(message);
      else series.record(message);
      book.recorded += 1;
    } catch {
      book.dropped += 1;
    }
  });
}
