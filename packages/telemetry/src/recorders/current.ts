import type { Book } from "../book";

/** The book for what ended then, as `performance.now()`; for what ended now when that is not said. */
export type CurrentOf = (endedAtMs?: number) => Book;
