import type { IncomingMessage } from "node:http";

/** The headers of a GET that decide the form of a finished response. */
export type PlainGet = {
  host: string | undefined;
  acceptEncoding: string | undefined;
  ifNoneMatch: string | undefined;
  traceparent: string | undefined;
};

const maxHeaders = 64;

/**
 * Reads the few headers that matter to a finished response, without building the object of all of them. Null for a request
 * that repeats one of them, or has one that could change more than the form: those take the usual path.
 */
export function readPlainGet({ method, rawHeaders }: IncomingMessage): PlainGet | null {
  if (method !== "GET" || rawHeaders.length > 2 * maxHeaders) return null;
  let host: string | undefined;
  let acceptEncoding: string | undefined;
  let ifNoneMatch: string | undefined;
  let traceparent: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    const value = rawHeaders[at + 1] ?? "";
    // By length first: it tells most headers apart without lower-casing them.
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
      case 7:
        if (name.toLowerCase() === "upgrade") return null;
        break;
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

export type Encoding = "br" | "gzip";

/** The encodings that the client accepts, best first: brotli before gzip (RFC 9110 §12.5.3). */
export function acceptedEncodings(header: string | undefined): Encoding[] {
  if (header === undefined || header === "") return [];
  const accepted = new Map(
    header
      .toLowerCase()
      .split(",")
      .map((item) => {
        const [name = "", ...parameters] = item.split(";");
        return [name.trim(), quality(parameters)];
      }),
  );
  const isAccepted = (name: Encoding): boolean => (accepted.get(name) ?? accepted.get("*") ?? 0) > 0;
  return (["br", "gzip"] as const).filter(isAccepted);
}

const quality = (parameters: readonly string[]): number => {
  const found = parameters.map((text) => /^\s*q=([\d.]+)\s*$/i.exec(text)?.[1]).find((text) => text !== undefined);
  return found === undefined ? 1 : Number(found);
};

/** True when the client has this representation already (RFC 9110 §13.1.2: compared weakly). */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((item) => item.trim().replace(/^W\//, "") === etag);
}
