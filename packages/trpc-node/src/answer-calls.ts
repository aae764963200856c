import { getTRPCErrorFromUnknown, getTRPCErrorShape, transformTRPCResponse, TRPCError } from "@trpc/server";
import type { TRPCResponse } from "@trpc/server/rpc";
import type { Calls } from "./calls";
import { isDataStream } from "./data-stream";
import { beginAnswer, publishAnswer } from "./publish-answer";
import { ResponseHead } from "./response-head";

export type Answer = {
  status: number;
  body: string;
  /** null: the usual ones. */
  headers: Headers | null;
  /** What shared caches are told of it; null: to ask each time. */
  sharedControl: string | null;
};

/** How one call ended. */
type Outcome = { data: unknown; error?: undefined } | { error: TRPCError };

const streamError = (): TRPCError =>
  new TRPCError({
    code: "UNSUPPORTED_MEDIA_TYPE",
    message: "Cannot use stream-like response in non-streaming request - use httpBatchStreamLink",
  });

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

/** As tRPC's `transformTRPCResponse` does, without its copies of what is only a result. */
function transform({ parts }: Calls, response: TRPCResponse): TRPCResponse {
  const config = parts.router._def._config;
  if ("error" in response) return transformTRPCResponse(config, response) as TRPCResponse;
  // What a transformer makes of it is JSON's affair.
  return { result: { data: config.transformer.output.serialize(response.result.data) as unknown } };
}

async function answerSingle(calls: Calls, head: ResponseHead): Promise<string> {
  const outcome = await runCall(calls, 0);
  if (outcome.error === undefined && isDataStream(outcome.data)) throw streamError();
  const response = toResponse(calls, outcome, 0);
  head.open([response], [outcome.error]);
  const startedAtMs = beginAnswer();
  const text = JSON.stringify(transform(calls, response));
  publishAnswer(calls.call.paths[0] ?? "", text, startedAtMs);
  return text;
}

/** What is at hand of the batch's answers, one place per call. Nothing when the calls cannot even begin. */
function recall(calls: Calls): (string | undefined)[] {
  const { call, inputs, parts } = calls;
  const { callAnswers } = parts;
  if (callAnswers === undefined || call.type !== "query" || !calls.canBegin()) return [];
  return call.paths.map((path, index) => callAnswers.find(path, inputs.peek(index), calls.request));
}

/** Makes the answer of one call in a batch, and lets it be kept. */
function writeElement(calls: Calls, response: TRPCResponse, index: number): string {
  const { call, inputs, parts } = calls;
  const startedAtMs = beginAnswer();
  const text = JSON.stringify(transform(calls, response));
  publishAnswer(call.paths[index] ?? "", text, startedAtMs);
  if ("result" in response && call.type === "query") {
    parts.callAnswers?.keep(call.paths[index] ?? "", inputs.peek(index), response.result.data, text);
  }
  return text;
}

const recalled: Outcome = { data: undefined };

async function runOrRecall(calls: Calls, isAtHand: boolean, index: number): Promise<Outcome> {
  const outcome = isAtHand ? recalled : await runCall(calls, index);
  return outcome.error === undefined && isDataStream(outcome.data) ? { error: streamError() } : outcome;
}

async function answerBatch(calls: Calls, head: ResponseHead): Promise<string> {
  const { paths } = calls.call;
  const atHand = recall(calls);
  if (atHand.length > 0 && atHand.every((text) => text !== undefined)) return `[${atHand.join(",")}]`;
  const outcomes = await Promise.all(
    paths.map((_path, index) => runOrRecall(calls, atHand[index] !== undefined, index)),
  );
  const responses = outcomes.map((outcome, index) => toResponse(calls, outcome, index));
  head.open(
    responses,
    outcomes.map(({ error }) => error),
  );
  const texts = responses.map((response, index) => atHand[index] ?? writeElement(calls, response, index));
  return `[${texts.join(",")}]`;
}

/** What is left when an answer cannot be written, a result that is no JSON for one: its error, without the call. */
function answerCaught(cause: unknown, calls: Calls, head: ResponseHead): string {
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

/** Only a result of one query by GET may be shared. */
function sharedControl({ call, parts, isGet }: Calls, head: ResponseHead): string | null {
  if (parts.sharedAnswers.size === 0 || call.isBatch || !isGet || head.hasFailed) return null;
  return parts.sharedAnswers.get(call.paths[0] ?? "") ?? null;
}

/**
 * Runs the calls and writes their answer as tRPC's `resolveResponse` would. Rejects where that rejects: when a failure
 * can be neither formatted nor sent.
 */
export async function answerCalls(calls: Calls): Promise<Answer> {
  const head = new ResponseHead(calls);
  try {
    const body = await (calls.call.isBatch ? answerBatch(calls, head) : answerSingle(calls, head));
    return { status: head.checkedStatus(), body, headers: head.headers, sharedControl: sharedControl(calls, head) };
  } catch (cause) {
    const body = answerCaught(cause, calls, head);
    return { status: head.checkedStatus(), body, headers: head.headers, sharedControl: null };
  }
}
