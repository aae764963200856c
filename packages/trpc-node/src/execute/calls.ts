import type { IncomingMessage } from "node:http";
import { type AnyTRPCRouter, getTRPCErrorFromUnknown, TRPCError } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import type { RequestScope } from "@weir/core/scope";
import type { Exchange, HandlerParts } from "../handler-options";
import type { ParsedCall } from "../parse/parse-call";
import { reportFailure } from "../respond/failure";
import { lazySignal } from "./lazy-signal";

/** What the calls of one request share. */
export class Calls {
  readonly parts: HandlerParts;
  readonly call: ParsedCall;
  readonly inputs: Inputs;
  /** Aborted when the client leaves before the response is sent. */
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

  /** Creates the context, synchronously where it can. A failure is the failure of each call, and never thrown here. */
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

  /** Throws when the context could not be created. */
  context(): unknown {
    if (this.#context !== undefined && "error" in this.#context) throw this.#context.error;
    return this.#context?.value;
  }

  contextOrUndefined(): unknown {
    return this.#context !== undefined && "value" in this.#context ? this.#context.value : undefined;
  }

  /** True when there is a context to call with and the inputs can be parsed. */
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

  /** Reports a failed call to `onError`. */
  report(error: TRPCError, path: string | undefined, input: unknown): void {
    const { req } = this.#exchange;
    const ctx = this.contextOrUndefined();
    reportFailure(this.#exchange, this.parts, { error, path, input, ctx, type: this.call.type, req });
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

type Config = AnyTRPCRouter["_def"]["_config"];

/**
 * The inputs of one request, parsed when the first procedure asks for its own: a procedure without an input accepts any.
 * Unparsable text is a BAD_REQUEST for every call that asks.
 */
class Inputs {
  readonly #text: string | null;
  /** How many calls the batch has; null outside a batch. */
  readonly #batchLength: number | null;
  readonly #config: Config;
  #read: { values: Record<number, unknown> } | { error: TRPCError } | null = null;

  constructor(text: string | null, batchLength: number | null, config: Config) {
    this.#text = text;
    this.#batchLength = batchLength;
    this.#config = config;
  }

  /** The input of the call at `index`, as the transformer gives it. Throws a BAD_REQUEST. */
  at(index: number): unknown {
    this.#read ??= this.#parse();
    if ("error" in this.#read) throw this.#read.error;
    return this.#read.values[index];
  }

  /** Parses now. False when that fails; each call that asks for its input then gets the error. */
  areReadable(): boolean {
    this.#read ??= this.#parse();
    return "values" in this.#read;
  }

  /** As `at`, but undefined before the first call of `at` and where the text cannot be parsed. */
  peek(index: number): unknown {
    return this.#read !== null && "values" in this.#read ? this.#read.values[index] : undefined;
  }

  #parse(): { values: Record<number, unknown> } | { error: TRPCError } {
    try {
      return { values: this.#values() };
    } catch (cause) {
      if (cause instanceof TRPCError) return { error: cause };
      const message = cause instanceof Error ? cause.message : "Invalid input";
      return { error: new TRPCError({ code: "BAD_REQUEST", message, cause }) };
    }
  }

  #values(): Record<number, unknown> {
    const transformer = this.#config.transformer.input;
    if (this.#text === null || this.#text === "") return {};
    const parsed: unknown = JSON.parse(this.#text);
    if (this.#batchLength === null) return { 0: transformer.deserialize(parsed) };
    if (!isRecord(parsed)) {
      throw new TRPCError({ code: "BAD_REQUEST", message: '"input" needs to be an object when doing a batch call' });
    }
    const values: Record<number, unknown> = {};
    for (let index = 0; index < this.#batchLength; index += 1) {
      const input = parsed[index];
      if (input !== undefined) values[index] = transformer.deserialize(input);
    }
    return values;
  }
}

const isRecord = (value: unknown): value is Record<number, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The request as tRPC's adapter describes it to `createContext` and `responseMeta`. Every member is the object's own, so
 * that a context may spread it, compare it or log it as JSON. The URL is parsed when it is read: few contexts read it, and
 * parsing costs more than all the rest.
 */
class RequestInfo implements TRPCRequestInfo {
  static readonly #ownUrl: PropertyDescriptor & ThisType<RequestInfo> = {
    enumerable: true,
    configurable: true,
    get() {
      return (this.#url ??= urlOf(this.#req));
    },
  };

  readonly isBatchCall: boolean;
  /** The short path answers neither streams nor requests with connection params. */
  readonly accept = null;
  readonly calls: TRPCRequestInfo["calls"];
  readonly type: ParsedCall["type"];
  readonly connectionParams = null;
  readonly signal: AbortSignal;
  declare readonly url: URL;
  readonly #req: IncomingMessage;
  #url: URL | undefined;

  constructor(req: IncomingMessage, call: ParsedCall, inputs: Inputs, signal: AbortSignal) {
    this.#req = req;
    this.type = call.type;
    this.isBatchCall = call.isBatch;
    this.calls = call.paths.map((path, index) => ({
      batchIndex: index,
      path,
      procedure: call.procedures[index] ?? null,
      getRawInput: async () => inputs.at(index),
      result: () => inputs.peek(index),
    }));
    this.signal = signal;
    Object.defineProperty(this, "url", RequestInfo.#ownUrl);
  }
}

function urlOf({ headers, socket, url }: IncomingMessage): URL {
  const protocol = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
  return new URL(url ?? "/", `${protocol}://${headers.host ?? "localhost"}`);
}
