import { timerMs } from "@weir/core/timers";
import { errorOfResponse, readError, WeirClientError } from "./error";
import { EventStreamReader } from "./event-stream";
import type { SendRequest } from "./request";

type Listener = (event: object) => void;

const [connecting, open, closed] = [0, 1, 2] as const;
const defaultWaitMs = 1_000;
const minWaitMs = 50;
const maxWaitMs = 30_000;
const transientStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A lost network and an overloaded or restarting server recover; a refusal does not. */
const isTransient = ({ code, status }: WeirClientError): boolean =>
  code === "NETWORK" || (status !== null && transientStatuses.has(status));

async function openStream(send: SendRequest, url: string, lastEventId: string, signal: AbortSignal) {
  const headers = { accept: "text/event-stream", ...(lastEventId === "" ? {} : { "last-event-id": lastEventId }) };
  const response = await send(url, { headers, signal, cache: "no-store" });
  const isStream = /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
  if (response.status === 200 && isStream && response.body !== null) return response.body.getReader();
  throw errorOfResponse(response, await response.text());
}

/**
 * An `EventSource` over `fetch`, in the form that tRPC's subscription link takes: Node 20 has none, and the one of browsers
 * can neither send headers nor report why it was refused. Its `error` events are errors of this client.
 */
export function createEventSource(send: SendRequest, random: () => number) {
  return class FetchEventSource {
    readonly CONNECTING = connecting;
    readonly OPEN = open;
    readonly CLOSED = closed;
    readonly url: string;
    readyState: number = connecting;
    readonly #listeners = new Map<string, Set<Listener>>();
    readonly #left = new AbortController();
    #waitMs = defaultWaitMs;
    #failures = 0;
    #timer: ReturnType<typeof setTimeout> | undefined;
    #lastEventId = "";

    constructor(url: string) {
      this.url = url;
      void this.#connect();
    }

    addEventListener(type: string, listener: Listener): void {
      const known = this.#listeners.get(type) ?? new Set();
      this.#listeners.set(type, known.add(listener));
    }

    removeEventListener(type: string, listener: Listener): void {
      this.#listeners.get(type)?.delete(listener);
    }

    close(): void {
      this.readyState = closed;
      clearTimeout(this.#timer);
      this.#left.abort();
    }

    #dispatch(type: string, event: object): void {
      for (const listener of this.#listeners.get(type) ?? []) listener(event);
    }

    async #connect(): Promise<void> {
      try {
        const reader = await openStream(send, this.url, this.#lastEventId, this.#left.signal);
        this.readyState = open;
        this.#failures = 0;
        await this.#read(reader);
        this.#reconnect(new WeirClientError({ code: "NETWORK", message: "The server ended the stream." }));
      } catch (cause) {
        // Only errors are thrown above.
        const error = readError(cause as Error);
        if (this.readyState === closed) return;
        if (isTransient(error)) this.#reconnect(error);
        else {
          this.close();
          this.#dispatch("error", error);
        }
      }
    }

    async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
      const stream = new EventStreamReader(
        {
          onEvent: (event) => {
            if (this.readyState !== closed) this.#dispatch(event.type, event);
          },
          onRetry: (ms) => (this.#waitMs = Math.max(minWaitMs, timerMs(ms, maxWaitMs))),
        },
        this.#lastEventId,
      );
      for (;;) {
        const { done, value } = await reader.read();
        this.#lastEventId = stream.lastEventId;
        if (done) return;
        stream.push(value);
        this.#lastEventId = stream.lastEventId;
      }
    }

    #reconnect(error: WeirClientError): void {
      if (this.readyState === closed) return;
      this.readyState = connecting;
      const grown = Math.min(maxWaitMs, this.#waitMs * 2 ** this.#failures);
      this.#failures += 1;
      // Half of it is random: a restarted server does not get all its subscribers back at once.
      // A server whose clock is behind asks for a wait that is over.
      const waitMs = Math.max(error.retryAfterMs ?? 0, grown * (0.5 + random() / 2));
      this.#timer = setTimeout(() => void this.#connect(), timerMs(waitMs));
      this.#dispatch("error", error);
    }
  };
}
