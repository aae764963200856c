import type { ServerResponse } from "node:http";

/** The prototype of a lazy signal, so that `instanceof AbortSignal` holds before the real one exists. */
const shape: AbortSignal = Object.create(AbortSignal.prototype) as AbortSignal;

function open(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const onClose = (): void => {
    // `close` follows a complete response too.
    if (!res.writableEnded) controller.abort();
  };
  if (res.closed || res.destroyed) onClose();
  else res.once("close", onClose);
  return controller.signal;
}

class Handler implements ProxyHandler<AbortSignal> {
  readonly #res: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  get(_target: AbortSignal, key: string | symbol): unknown {
    const signal = (this.#signal ??= open(this.#res));
    const value: unknown = Reflect.get(signal, key, signal);
    // Its methods check their receiver.
    return typeof value === "function" ? value.bind(signal) : value;
  }

  set(_target: AbortSignal, key: string | symbol, value: unknown): boolean {
    const signal = (this.#signal ??= open(this.#res));
    return Reflect.set(signal, key, value, signal);
  }

  has(_target: AbortSignal, key: string | symbol): boolean {
    return Reflect.has((this.#signal ??= open(this.#res)), key);
  }
}

/**
 * A signal that is aborted when the client leaves before its response has been written, and never after that.
 *
 * The `AbortController` behind it is created when the signal is first read. tRPC copies its options once per middleware, so
 * a getter would create it for every call, and creating one costs more CPU than the rest of a short call. It works wherever
 * an `AbortSignal` is accepted: `fetch`, timers, events, `AbortSignal.any`.
 */
export function lazySignal(res: ServerResponse): AbortSignal {
  return new Proxy(shape, new Handler(res));
}
