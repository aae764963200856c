import { channels } from "@weir/core/channels";
import { currentScope } from "@weir/core/scope";
import type { CurrentOf } from "./current";
import type { StatementTexts } from "../statement-texts";

/**
 * Counts statements, and what the database gate made them wait, into the book that `current` answers, and keeps
 * their texts. Returns the function that ends it.
 */
export function recordSql(current: CurrentOf, texts: StatementTexts): () => void {
  return channels.sql.subscribe((message) => {
    const book = current(message.endedAtMs);
    try {
      const scope = currentScope();
      book.tables.sql.at(scope?.origin ?? "job", message.statement).record(message, scope?.procedure ?? null);
      book.tables.pool.at("job", "database").recordWait(message.waitMs);
      book.recorded += 1;
      texts.note(message.statement, message.text);
    } catch {
      book.dropped += 1;
    }
  });
}
