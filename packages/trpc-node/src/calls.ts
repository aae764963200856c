import { getTRPCErrorFromUnknown, type TRPCError } from "@trpc/server";
import type { RequestScope } from "@weir/core/scope";
import type { Exchange } from "./exchange";
import type { HandlerParts } from "./handler-options";
import { Inputs } from "./inputs";
import { lazySignal } from "./lazy-signal";
import type { ParsedCall } from "./parse-call";
import { reportFailure } from "./report-failure";
import { RequestInfo } from "./request-info";

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/** What the calls of one request share. */
export class Calls {
  readonly parts: HandlerParts;
  readonly call: ParsedCall;
  readonly inputs: Inputs;
  /** Aborted when the client leaves before the answer. */
  readonly signal: AbortSignal;
  readonly info: RequestInfo;
  readonly #exchange: Exchange;
  #context: { value: unknown } | { error: TRPCError } | undefined;

  /** `text` is the JSON of the input; null when the request has none. */
  constructor(parts: HandlerParts, exchange: Exchange, call: ParsedCall, text: string | null) {
    this.parts = parts;
    this.call = call;
    this.#exchange = exchange;
    this.inputs = new Inputs(text, call.isBatch ? call.paths.length : null, parts.router._def._config);
    this.signal = lazySignal(exchange.res);
    this.info = new RequestInfo(exchange.req, call, this.inputs, this.signal);
  }

  /** Makes the context, at once where it can. Its failure is the failure of each call, and never thrown here. */
  openContext(): Promise<void> | undefined {
    const { req, res } = this.#exchange;
    try {
      const made: unknown = this.parts.createContext?.({ req, res, info: this.info });
      if (isThenable(made)) return this.#settleContext(made);
      this.#context = { value: made };
    } catch (cause) {
      this.#context = { error: getTRPCErrorFromUnknown(cause) };
    }
    return undefined;
  }

  async #settleContext(made: PromiseLike<unknown>): Promise<void> {
    try {
      this.#context = { value: await made };
    } catch (cause) {
      this.#context = { error: getTRPCErrorFromUnknown(cause) };
    }
  }

  /** Throws when the context could not be made. */
  context(): unknown {
    if (this.#context !== undefined && "error" in this.#context) throw this.#context.error;
    return this.#context?.value;
  }

  contextOrUndefined(): unknown {
    return this.#context !== undefined && "value" in this.#context ? this.#context.value : undefined;
  }

  /** Whether there is a context to call with and inputs that can be parsed. */
  canBegin(): boolean {
    if (this.#context === undefined || "error" in this.#context) return false;
    return this.inputs.areReadable();
  }

  get isGet(): boolean {
    return this.#exchange.req.method === "GET";
  }

  get request(): RequestScope {
    return this.#exchange.request;
  }

  /** Tells `onError`. */
  report(error: TRPCError, path: string | undefined, input: unknown): void {
    const { req } = this.#exchange;
    const ctx = this.contextOrUndefined();
    reportFailure(this.#exchange, this.parts, { error, path, input, ctx, type: this.call.type, req });
  }
}
