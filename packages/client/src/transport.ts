import {
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  type Operation,
  splitLink,
  type TRPCLink,
} from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { createEventSource } from "./event-source";
import type { Settings } from "./options";
import { readableOnly, type SendRequest } from "./request";

/** As long as the call's URL would be in a batch by itself, which is a little longer than alone. */
function urlLength(trpcUrl: string, { path, input }: Operation): number {
  const text = input === undefined ? "{}" : encodeURIComponent(JSON.stringify({ 0: input }));
  return `${trpcUrl}/${path}?batch=1&input=`.length + text.length;
}

/**
 * tRPC's own links: one of them per way of batching, subscriptions over server-sent events, and a POST for queries whose
 * URL would be too long.
 */
export function transportLink(settings: Settings, send: SendRequest, random: () => number): TRPCLink<AnyTRPCRouter> {
  const { trpcUrl: url, batching, maxUrlLength, maxBatchLength } = settings;
  // The links call it with a text and what the Fetch API takes; their type allows for other implementations of it.
  const fetch = readableOnly(send) as (url: unknown, init?: unknown) => Promise<Response>;
  const batch = { url, fetch, maxURLLength: maxUrlLength, maxItems: maxBatchLength };
  const usual = {
    off: () => httpLink({ url, fetch }),
    batch: () => httpBatchLink<AnyTRPCRouter>(batch),
    stream: () => httpBatchStreamLink<AnyTRPCRouter>(batch),
  };
  return splitLink({
    condition: (op) => op.type === "subscription",
    true: httpSubscriptionLink({ url, EventSource: createEventSource(send, random) }),
    false: splitLink({
      condition: (op) => op.type === "query" && urlLength(url, op) > maxUrlLength,
      true: httpLink({ url, fetch, methodOverride: "POST" }),
      false: usual[batching](),
    }),
  });
}
