import { channels } from "../../channels";
import type { Book } from "../book";
import type { StatementTexts } from "../statement-texts";
import { currentOrigin } from "./origin";

/** Counts statements into the book that `current` answers and keeps their texts. Returns the function that ends it. */
export function recordSql(current: () => Book, texts: StatementTexts): () => void {
  return channels.sql.subscribe((message) => {
    const book = current();
    try {
      book.sql.at(currentOrigin(), message.statement).record(message);
      book.recorded += 1;
      texts.note(message.statement, message.text);
    } catch {
      book.dropped += 1;
    }
  });
}
