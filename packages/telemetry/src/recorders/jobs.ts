import { channels } from "@weir/core/channels";
import type { CurrentOf } from "./current";

/** Counts runs of background work, whoever set them off, into the book that `current` answers. Returns the function that ends it. */
export function recordJobs(current: CurrentOf): () => void {
  return channels.job.subscribe((message) => {
    const book = current();
    try {
      book.tables.job.at("job", message.job).record(message);
      book.recorded += 1;
    } catch {
      book.dropped += 1;
    }
  });
}
