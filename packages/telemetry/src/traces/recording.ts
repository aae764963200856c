import type { BatchedLoad, Origin, RequestScope, Scope } from "@weir/core/scope";
import { cellsOf, type Noted, type SpanCell } from "./span-cell";

/** More than these are counted only. */
const mostNotes = 256;
/** What a recording keeps of its places for the next request. */
const placesKept = 64;

const requestsOf = ({ scopes }: BatchedLoad): number => new Set(scopes.map(({ request }) => request)).size;

/** What one request did so far. Nearly all are thrown away, so a message costs no more than to be put down. */
export class Recording {
  readonly owner: RecordingPool;
  readonly #messages: (Noted | null)[] = [];
  readonly #scopes: (Scope | null)[] = [];
  readonly #endsMs: number[] = [];
  readonly #shared: number[] = [];
  request: RequestScope | null = null;
  count = 0;
  omitted = 0;
  /** Of its own: those that ran for several requests together are not among them. */
  statements = 0;
  /** A subscription: it lasts for as long as somebody listens, and has no place among answers. */
  isStream = false;
  /** The call that failed, else the one that took longest so far; of a request without calls, what its scope says. */
  procedure: string | null = null;
  origin: Origin = "app";
  errorCode: string | null = null;
  #leadMs = -1;

  constructor(owner: RecordingPool) {
    this.owner = owner;
  }

  begin(request: RequestScope, { procedure, origin }: Scope): void {
    this.request = request;
    this.count = 0;
    this.omitted = 0;
    this.statements = 0;
    this.isStream = false;
    this.procedure = procedure;
    this.origin = origin;
    this.errorCode = null;
    this.#leadMs = -1;
  }

  /** Keeps a message, which nobody may change any more. `shared`: for how many requests it happened. */
  note(message: Noted, scope: Scope | null, endMs: number, shared: number): void {
    const { count } = this;
    if (count >= mostNotes) {
      this.omitted += 1;
      return;
    }
    this.#messages[count] = message;
    this.#scopes[count] = scope;
    this.#endsMs[count] = endMs;
    this.#shared[count] = shared;
    this.count = count + 1;
  }

  /** A call has ended. One that failed stands for the request, else the longest one. */
  called(procedure: string, durationMs: number, errorCode: string | null, origin: Origin): void {
    const outranks =
      (errorCode !== null) === (this.errorCode !== null) ? durationMs > this.#leadMs : errorCode !== null;
    if (!outranks) return;
    this.#leadMs = durationMs;
    this.procedure = procedure;
    this.errorCode = errorCode;
    this.origin = origin;
  }

  /** The spans that ended until `untilMs`. What was done for a load together with those of others stands once. */
  *cells(untilMs = Number.POSITIVE_INFINITY): Generator<SpanCell> {
    const batches = new Set<BatchedLoad>();
    for (let index = 0; index < this.count; index += 1) {
      const message = this.#messages[index] ?? null;
      if (message === null) continue;
      const scope = this.#scopes[index] ?? null;
      yield* cellsOf(message, this.#endsMs[index] ?? 0, scope, this.#shared[index] ?? 1);
      const together = scope?.batch ?? null;
      if (together === null || batches.has(together)) continue;
      batches.add(together);
      const shared = requestsOf(together);
      for (const { message: heard, endMs } of together.messages) {
        // Whoever hears of a load puts down what the channels told.
        if (endMs <= untilMs) yield* cellsOf(heard as Noted, endMs, scope, shared);
      }
    }
  }

  /** Makes it ready to wait for another request: holds nothing of this one, nor the memory that a large one took. */
  clear(): void {
    this.request = null;
    for (let index = 0; index < this.count; index += 1) {
      this.#messages[index] = null;
      this.#scopes[index] = null;
    }
    this.count = 0;
    if (this.#messages.length <= placesKept) return;
    for (const places of [this.#messages, this.#scopes, this.#endsMs, this.#shared]) places.length = placesKept;
  }
}

/** How a request ended. */
export type EndedRequest = {
  readonly request: RequestScope;
  readonly durationMs: number;
  /** As `performance.now()`. */
  readonly endMs: number;
  readonly calls: number;
};

const mostFree = 512;

/** Recordings that nobody uses, so that a request costs no new arrays. */
export class RecordingPool {
  readonly #free: Recording[] = [];
  #inUse = 0;

  /** How many were taken and not given back. */
  get inUse(): number {
    return this.#inUse;
  }

  take(request: RequestScope, scope: Scope): Recording {
    const recording = this.#free.pop() ?? new Recording(this);
    this.#inUse += 1;
    recording.begin(request, scope);
    return recording;
  }

  give(recording: Recording): void {
    this.#inUse -= 1;
    recording.clear();
    if (this.#free.length < mostFree) this.#free.push(recording);
  }
}
