import type { IncomingMessage } from "node:http";

/** What a GET says that may change a kept answer's form. */
export type PlainGet = {
  host: string | undefined;
  acceptEncoding: string | undefined;
  ifNoneMatch: string | undefined;
  traceparent: string | undefined;
};

const mostHeaders = 64;

/**
 * Reads the few headers that matter to a kept answer, without building the object of all of them. Null for whatever could
 * change more than the form of the answer, or is said twice: those requests go the usual way.
 */
export function readPlainGet({ method, rawHeaders }: IncomingMessage): PlainGet | null {
  if (method !== "GET" || rawHeaders.length > 2 * mostHeaders) return null;
  let host: string | undefined;
  let acceptEncoding: string | undefined;
  let ifNoneMatch: string | undefined;
  let traceparent: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    const value = rawHeaders[at + 1] ?? "";
    // By length first: most headers are told apart by it, and need no lower case.
    switch (name.length) {
      case 4:
        if (name.toLowerCase() !== "host") break;
        if (host !== undefined) return null;
        host = value;
        break;
      case 6: {
        const lower = name.toLowerCase();
        if (lower === "origin" || (lower === "accept" && value.includes("jsonl"))) return null;
        break;
      }
      case 11: {
        const lower = name.toLowerCase();
        if (lower === "trpc-accept") return null;
        if (lower === "traceparent") traceparent = value;
        break;
      }
      case 12:
        if (name.toLowerCase() === "content-type") return null;
        break;
      case 13:
        if (name.toLowerCase() !== "if-none-match") break;
        if (ifNoneMatch !== undefined) return null;
        ifNoneMatch = value;
        break;
      case 15:
        if (name.toLowerCase() !== "accept-encoding") break;
        if (acceptEncoding !== undefined) return null;
        acceptEncoding = value;
        break;
    }
  }
  return { host, acceptEncoding, ifNoneMatch, traceparent };
}
