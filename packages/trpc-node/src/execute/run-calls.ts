import { getTRPCErrorFromUnknown, getTRPCErrorShape, transformTRPCResponse, TRPCError } from "@trpc/server";
import { getHTTPStatusCode, type ResponseMeta } from "@trpc/server/http";
import type { TRPCResponse } from "@trpc/server/rpc";
import { beginWriting, publishWritten } from "../observe";
import { type HttpResponse, vary } from "../respond/send-response";
import type { Calls } from "./calls";

/** How one call ended. */
type Outcome = { data: unknown; error?: undefined } | { error: TRPCError };

/**
 * Runs the calls and makes their response as tRPC's `resolveResponse` would. Rejects where that rejects: when a failure can
 * be neither formatted nor sent.
 */
export async function runCalls(calls: Calls): Promise<HttpResponse> {
  const head = new ResponseHead(calls);
  try {
    const body = await (calls.call.isBatch ? runBatch(calls, head) : runSingle(calls, head));
    const status = head.checkedStatus();
    return {
      status,
      body,
      headers: head.headers,
      sharedControl: sharedControl(calls, head),
      isPersonal: isPersonal(calls),
    };
  } catch (cause) {
    const body = writeCaught(cause, calls, head);
    const status = head.checkedStatus();
    return { status, body, headers: head.headers, sharedControl: null, isPersonal: isPersonal(calls) };
  }
}

async function runSingle(calls: Calls, head: ResponseHead): Promise<string> {
  const outcome = await runCall(calls, 0);
  if (outcome.error === undefined && isDataStream(outcome.data)) throw streamError();
  const response = toResponse(calls, outcome, 0);
  head.open([response], [outcome.error]);
  const startedAtMs = beginWriting();
  const text = JSON.stringify(transform(calls, response));
  publishWritten(calls.call.paths[0] ?? "", text, startedAtMs);
  return text;
}

async function runBatch(calls: Calls, head: ResponseHead): Promise<string> {
  const { paths } = calls.call;
  const kept = findKept(calls);
  if (kept.length > 0 && kept.every((text) => text !== undefined)) return `[${kept.join(",")}]`;
  const outcomes = await Promise.all(
    paths.map((_path, index) => runUnlessKept(calls, kept[index] !== undefined, index)),
  );
  const responses = outcomes.map((outcome, index) => toResponse(calls, outcome, index));
  head.open(
    responses,
    outcomes.map(({ error }) => error),
  );
  const texts = responses.map((response, index) => kept[index] ?? writeElement(calls, response, index));
  return `[${texts.join(",")}]`;
}

/** The finished responses to the calls of a batch, one place per call; empty when the calls cannot even begin. */
function findKept(calls: Calls): (string | undefined)[] {
  const { call, inputs, parts } = calls;
  const { callResponses } = parts;
  if (callResponses === undefined || call.type !== "query" || !calls.canBegin()) return [];
  return call.paths.map((path, index) => callResponses.find(path, inputs.peek(index), calls.request));
}

const keptOutcome: Outcome = { data: undefined };

async function runUnlessKept(calls: Calls, isKept: boolean, index: number): Promise<Outcome> {
  const outcome = isKept ? keptOutcome : await runCall(calls, index);
  return outcome.error === undefined && isDataStream(outcome.data) ? { error: streamError() } : outcome;
}

/** Runs one call of the request; never rejects. */
async function runCall(calls: Calls, index: number): Promise<Outcome> {
  const { call, inputs, signal } = calls;
  const path = call.paths[index] ?? "";
  try {
    // The parser found one per path.
    const procedure = call.procedures[index];
    const data: unknown = await procedure?.({
      path,
      getRawInput: async () => inputs.at(index),
      ctx: calls.context(),
      type: call.type,
      signal,
      batchIndex: index,
    });
    return { data };
  } catch (cause) {
    const error = getTRPCErrorFromUnknown(cause);
    calls.report(error, path, inputs.peek(index));
    return { error };
  }
}

function toResponse(calls: Calls, outcome: Outcome, index: number): TRPCResponse {
  if (outcome.error === undefined) return { result: { data: outcome.data } };
  const { parts, call, inputs } = calls;
  return {
    error: getTRPCErrorShape({
      config: parts.router._def._config,
      ctx: calls.contextOrUndefined(),
      error: outcome.error,
      input: inputs.peek(index),
      path: call.paths[index],
      type: call.type,
    }),
  };
}

/** As tRPC's `transformTRPCResponse`, without the copies that it makes of a plain result. */
function transform({ parts }: Calls, response: TRPCResponse): TRPCResponse {
  const config = parts.router._def._config;
  if ("error" in response) return transformTRPCResponse(config, response) as TRPCResponse;
  // A transformer may return anything that JSON takes.
  return { result: { data: config.transformer.output.serialize(response.result.data) as unknown } };
}

/** Writes the response to one call of a batch, and offers it to the kept ones. */
function writeElement(calls: Calls, response: TRPCResponse, index: number): string {
  const { call, inputs, parts } = calls;
  const startedAtMs = beginWriting();
  const text = JSON.stringify(transform(calls, response));
  publishWritten(call.paths[index] ?? "", text, startedAtMs);
  if ("result" in response && call.type === "query") {
    parts.callResponses?.keep(call.paths[index] ?? "", inputs.peek(index), response.result.data, text);
  }
  return text;
}

/** For a response that cannot be written, such as a result that JSON refuses: its error, without the call. */
function writeCaught(cause: unknown, calls: Calls, head: ResponseHead): string {
  const { parts, call } = calls;
  const config = parts.router._def._config;
  const error = getTRPCErrorFromUnknown(cause);
  calls.report(error, undefined, undefined);
  const ctx = calls.contextOrUndefined();
  const response = {
    error: getTRPCErrorShape({ config, error, type: call.type, path: undefined, input: undefined, ctx }),
  };
  const body = JSON.stringify(transformTRPCResponse(config, response));
  head.open([response], [error]);
  return body;
}

/** Only the result of a single query by GET may be shared. */
function sharedControl({ call, parts, isGet }: Calls, head: ResponseHead): string | null {
  if (parts.sharedResponses.size === 0 || call.isBatch || !isGet || head.hasFailed) return null;
  return parts.sharedResponses.get(call.paths[0] ?? "") ?? null;
}

/** One personal call makes the whole batch personal, whatever came of it. */
function isPersonal({ call, parts }: Calls): boolean {
  for (const path of call.paths) if (parts.personal.has(path)) return true;
  return false;
}

/** Status and headers of one response; with `responseMeta` as tRPC makes them, each call adding to the last. */
class ResponseHead {
  status = 200;
  hasFailed = false;
  /** null without `responseMeta`, which means the default ones. */
  headers: Headers | null = null;
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** `errors` has one place per response. Throws what `responseMeta` throws, and for values that a `Response` refuses. */
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
    // JavaScript callers may return nothing, which the adapter accepts.
    const { headers, status } = (meta as ResponseMeta | undefined) ?? {};
    if (headers) addHeaders(this.headers, headers);
    if (status) this.status = status;
  }

  /** The status as it is sent. An error formatter or `responseMeta` may choose one that no response with a body can have. */
  checkedStatus(): number {
    const { status } = this;
    if (status === 200 || (Number.isInteger(status) && status > 205 && status < 600 && status !== 304)) return status;
    return new Response("", { status }).status;
  }
}

/** Adds as tRPC does: each value of a `Headers`, the last one of a record. */
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

const streamError = (): TRPCError =>
  new TRPCError({
    code: "UNSUPPORTED_MEDIA_TYPE",
    message: "Cannot use stream-like response in non-streaming request - use httpBatchStreamLink",
  });

/** True for data that only a stream can carry: an async iterable, or an object that holds one, or a promise. */
function isDataStream(data: unknown): boolean {
  if (!isObject(data)) return false;
  if (isAsyncIterable(data)) return true;
  for (const value of Object.values(data)) {
    // Most values are plain, and this runs for every response.
    if ((typeof value === "object" || typeof value === "function") && (isPromise(value) || isAsyncIterable(value))) {
      return true;
    }
  }
  return false;
}

type Properties = Record<PropertyKey, unknown>;

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isAsyncIterable = (value: unknown): boolean => isObject(value) && Symbol.asyncIterator in value;

function isPromise(value: unknown): boolean {
  if (!isObject(value) && typeof value !== "function") return false;
  // Functions have properties as objects do.
  const { then, catch: rescue } = value as Properties;
  return typeof then === "function" && typeof rescue === "function";
}
