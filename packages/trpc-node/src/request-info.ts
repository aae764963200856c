import type { IncomingMessage } from "node:http";
import type { TRPCRequestInfo } from "@trpc/server/http";
import type { Inputs } from "./inputs";
import type { ParsedCall } from "./parse-call";

/**
 * What tRPC's adapter tells `createContext` and `responseMeta` of the request. Each part is made when it is read: few
 * contexts read any.
 */
export class RequestInfo implements TRPCRequestInfo {
  /** The short way answers neither streams nor requests with connection params. */
  readonly accept = null;
  readonly connectionParams = null;
  readonly signal: AbortSignal;
  readonly #req: IncomingMessage;
  readonly #call: ParsedCall;
  readonly #inputs: Inputs;
  #calls: TRPCRequestInfo["calls"] | undefined;
  #url: URL | undefined;

  constructor(req: IncomingMessage, call: ParsedCall, inputs: Inputs, signal: AbortSignal) {
    this.#req = req;
    this.#call = call;
    this.#inputs = inputs;
    this.signal = signal;
  }

  get isBatchCall(): boolean {
    return this.#call.isBatch;
  }

  get type(): ParsedCall["type"] {
    return this.#call.type;
  }

  get calls(): TRPCRequestInfo["calls"] {
    this.#calls ??= this.#call.paths.map((path, index) => ({
      path,
      batchIndex: index,
      procedure: this.#call.procedures[index] ?? null,
      getRawInput: async () => this.#inputs.at(index),
      result: () => this.#inputs.peek(index),
    }));
    return this.#calls;
  }

  get url(): URL {
    const { headers, socket, url } = this.#req;
    const protocol = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    this.#url ??= new URL(url ?? "/", `${protocol}://${headers.host ?? "localhost"}`);
    return this.#url;
  }
}
