import { parseTraceparent, readTracestate } from "@weir/core/traceparent";
import type { CookieJar } from "./cookie-jar";
import { errorOfAnswer } from "./read-error";
import type { Settings } from "./options";

/** Sends one HTTP request with the client's headers. */
export type SendRequest = (url: string, init: RequestInit) => Promise<Response>;

const resolve = async <Value>(value: Value | (() => Value | Promise<Value>)): Promise<Value> =>
  // A value that is a function is always one of ours to call: headers and cookies are objects and texts.
  typeof value === "function" ? (value as () => Value | Promise<Value>)() : value;

/**
 * Adds headers, cookies and, where a request may change something, the origin, which programs have to name themselves.
 * In a browser cookies and origin are the browser's affair, and `fetch` drops ours.
 */
export function createSender(settings: Settings, jar: CookieJar): SendRequest {
  return async (url, init) => {
    const headers = new Headers(await resolve(settings.headers));
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    const cookies = [await resolve(settings.cookie), jar.header()].filter(
      (text) => text !== undefined && text !== null,
    );
    if (cookies.length > 0) headers.set("cookie", cookies.join("; "));
    const trace = await resolve(settings.trace);
    if (trace !== undefined && parseTraceparent(trace.traceparent) !== null) {
      headers.set("traceparent", trace.traceparent);
      const state = readTracestate(trace.tracestate);
      if (state !== null) headers.set("tracestate", state);
    }
    if (init.method === "POST") headers.set("origin", settings.origin);
    const response = await settings.fetch(url, { ...init, headers });
    jar.store(response.headers);
    return response;
  };
}

/** Whether an answer says that it is JSON, or lines of it. */
export const isJson = (response: Response): boolean =>
  /^application\/(?:json|jsonl)\b/i.test(response.headers.get("content-type") ?? "");

/** For tRPC's links, which can read JSON only: rejects with what another answer says. */
export function readableOnly(send: SendRequest): SendRequest {
  return async (url, init) => {
    const response = await send(url, init);
    if (isJson(response)) return response;
    throw errorOfAnswer(response, await response.text());
  };
}
