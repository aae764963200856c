import { parseTraceparent, readTracestate } from "@weir/core/traceparent";
import { errorOfResponse } from "./error";
import type { Settings } from "./options";

/** Sends one HTTP request with the client's headers. */
export type SendRequest = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Adds headers, cookies and, to a POST, the origin, which programs have to name themselves. In a browser the browser sets
 * cookies and origin, and `fetch` drops ours.
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

const resolve = async <Value>(value: Value | (() => Value | Promise<Value>)): Promise<Value> =>
  // A function is always a computed value: headers and cookies are objects and strings.
  typeof value === "function" ? (value as () => Value | Promise<Value>)() : value;

/** True for a response of JSON, or of lines of JSON. */
export const isJson = (response: Response): boolean =>
  /^application\/(?:json|jsonl)\b/i.test(response.headers.get("content-type") ?? "");

/** For tRPC's links, which read only JSON: rejects with the error of any other response. */
export function readableOnly(send: SendRequest): SendRequest {
  return async (url, init) => {
    const response = await send(url, init);
    if (isJson(response)) return response;
    throw errorOfResponse(response, await response.text());
  };
}

/** Keeps the cookies of one server in memory. In a browser it stays empty: there the browser keeps them. */
export type CookieJar = {
  /** The value of a `Cookie` header; null without cookies. */
  header: () => string | null;
  /** Stores the cookies that the response sets. */
  store: (headers: Headers) => void;
};

/**
 * A jar for one server. It ignores Path and Domain, because it is only sent to the server that filled it, and leaves the
 * expiry of cookies to the server, except for those that the server removes.
 */
export function createCookieJar(now: () => number): CookieJar {
  const cookies = new Map<string, string>();
  return {
    header: () => (cookies.size === 0 ? null : [...cookies].map(([name, value]) => `${name}=${value}`).join("; ")),
    store: (headers) => {
      // Older browsers lack the method, and would return nothing.
      for (const line of "getSetCookie" in headers ? headers.getSetCookie() : []) {
        const [pair = "", ...attributes] = line.split(";");
        const at = pair.indexOf("=");
        if (at < 1) continue;
        const name = pair.slice(0, at).trim();
        if (hasEnded(attributes, now())) cookies.delete(name);
        else cookies.set(name, pair.slice(at + 1).trim());
      }
    },
  };
}

function hasEnded(attributes: readonly string[], nowMs: number): boolean {
  const valueOf = (name: string): string | undefined =>
    attributes
      .map((attribute) => attribute.trim())
      .find((attribute) => attribute.toLowerCase().startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const maxAge = valueOf("max-age");
  // Max-Age wins over Expires (RFC 6265, section 5.3).
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  return Date.parse(valueOf("expires") ?? "") <= nowMs;
}
