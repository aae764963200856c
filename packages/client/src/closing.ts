/** Tells whoever waits that the client was closed, once. */
export class Closing {
  isClosed = false;
  readonly #listeners = new Set<() => void>();

  /** Calls `listener` when the client is closed; the returned function takes that back. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.isClosed = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
