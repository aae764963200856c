/** One event of a stream. Events without data are not dispatched. */
export type StreamEvent = { type: string; data: string; lastEventId: string };

export type EventStreamListener = {
  onEvent: (event: StreamEvent) => void;
  /** How long to wait before reconnecting, when the server sets it. */
  onRetry: (ms: number) => void;
};

/**
 * Reads `text/event-stream` piece by piece (HTML Standard, section 9.2.6): lines end with CR, LF or both, wherever the
 * pieces are cut; fields pile up until an empty line.
 */
export class EventStreamReader {
  /** Also the id that a new connection resumes from. */
  lastEventId: string;
  readonly #listener: EventStreamListener;
  readonly #decoder = new TextDecoder();
  #rest = "";
  #skipsLineFeed = false;
  #type = "";
  #data: string[] = [];
  #id: string;

  constructor(listener: EventStreamListener, lastEventId: string) {
    this.#listener = listener;
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
  }

  push(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    let from = 0;
    for (let at = 0; at < text.length; at += 1) {
      const char = text[at];
      if (char !== "\n" && char !== "\r") {
        this.#skipsLineFeed = false;
        continue;
      }
      if (char === "\n" && this.#skipsLineFeed) {
        this.#skipsLineFeed = false;
        from = at + 1;
        continue;
      }
      this.#line(this.#rest + text.slice(from, at));
      this.#rest = "";
      this.#skipsLineFeed = char === "\r";
      from = at + 1;
    }
    this.#rest += text.slice(from);
  }

  #line(line: string): void {
    if (line === "") {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d{1,9}$/.test(value)) this.#listener.onRetry(Number(value));
  }

  #dispatch(): void {
    const [data, type] = [this.#data, this.#type];
    this.#data = [];
    this.#type = "";
    this.lastEventId = this.#id;
    if (data.length === 0) return;
    this.#listener.onEvent({ type: type === "" ? "message" : type, data: data.join("\n"), lastEventId: this.#id });
  }
}
