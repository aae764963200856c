import type { TRPCError } from "@trpc/server";
import { getHTTPStatusCode, type ResponseMeta } from "@trpc/server/http";
import type { TRPCResponse } from "@trpc/server/rpc";
import type { Calls } from "./calls";

export const vary = "trpc-accept, accept";

/** Adds as tRPC does: of a `Headers` each value, of a record the last one. */
function addHeaders(headers: Headers, added: NonNullable<ResponseMeta["headers"]>): void {
  if (added instanceof Headers) {
    for (const [name, value] of added.entries()) headers.append(name, value);
    return;
  }
  for (const [name, value] of Object.entries(added)) {
    if (Array.isArray(value)) {
      for (const item of value) headers.append(name, item);
    } else if (typeof value === "string") {
      headers.set(name, value);
    }
  }
}

/** Status and headers of one answer; with `responseMeta` as tRPC would have them, its calls piling up. */
export class ResponseHead {
  status = 200;
  hasFailed = false;
  /** Null without `responseMeta`: then there are the usual ones. */
  headers: Headers | null = null;
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** `errors` has one place per response. Throws what `responseMeta` throws, and what a `Response` would refuse. */
  open(responses: TRPCResponse[], errors: readonly (TRPCError | undefined)[]): void {
    const failed = errors.filter((error) => error !== undefined);
    this.hasFailed = failed.length > 0;
    this.status = failed.length === 0 ? 200 : getHTTPStatusCode(responses, errors);
    const { parts, call } = this.#calls;
    if (parts.responseMeta === undefined) return;
    const meta = parts.responseMeta({
      ctx: this.#calls.contextOrUndefined(),
      info: this.#calls.info,
      paths: [...call.paths],
      data: responses,
      errors: failed,
      eagerGeneration: false,
      type: call.type,
    });
    this.headers ??= new Headers({ vary, "content-type": "application/json" });
    // A function of another's may return nothing, and the adapter bears that.
    const { headers, status } = (meta as ResponseMeta | undefined) ?? {};
    if (headers) addHeaders(this.headers, headers);
    if (status) this.status = status;
  }

  /** The status as it is sent. An error formatter or `responseMeta` may choose what no answer with a body can have. */
  checkedStatus(): number {
    const { status } = this;
    if (status === 200 || (Number.isInteger(status) && status > 205 && status < 600 && status !== 304)) return status;
    return new Response("", { status }).status;
  }
}
