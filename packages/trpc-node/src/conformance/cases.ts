import type { RawRequest } from "./raw-http";

/** The name of a case, and the request that it sends. */
export type Case = readonly [name: string, request: RawRequest];

export const base = "/api/trpc/";
export const json = ["content-type", "application/json"] as const;

/** The target of a call with this input. */
export function target(path: string, input?: unknown, more = ""): string {
  const encoded = input === undefined ? "" : `input=${encodeURIComponent(JSON.stringify(input))}`;
  const query = [encoded, more].filter((part) => part !== "").join("&");
  return `${base}${path}${query === "" ? "" : `?${query}`}`;
}

export const get = (path: string, input?: unknown): Case => [
  `GET ${path} ${JSON.stringify(input) ?? ""}`,
  { target: target(path, input) },
];

export const getRaw = (pathAndQuery: string): Case => [`GET ${pathAndQuery}`, { target: base + pathAndQuery }];

export const batch = (path: string, input?: unknown): Case => [
  `GET batch ${path} ${JSON.stringify(input) ?? ""}`,
  { target: target(path, input, "batch=1") },
];

/** A POST of exactly this body; without one it has no Content-Length. */
export const postRaw = (path: string, body: string | Uint8Array | undefined, more: Partial<RawRequest> = {}): Case => [
  `POST ${path} ${typeof body === "string" ? body.slice(0, 60) : `${body?.length ?? "no"} bytes`}${more.chunked === true ? " in chunks" : ""} ${(more.headers ?? []).join(" ")}`,
  { method: "POST", target: base + path, headers: [json], ...(body === undefined ? {} : { body }), ...more },
];

export const post = (path: string, input: unknown): Case => postRaw(path, JSON.stringify(input));

export const withHeaders = (path: string, ...headers: [string, string][]): Case => [
  `GET ${path} ${headers.map((header) => header.join(": ")).join(" | ")}`,
  { target: base + path, headers },
];

export const withMethod = (method: string, path: string, more: Partial<RawRequest> = {}): Case => [
  `${method} ${path} ${JSON.stringify(more)}`,
  { method, target: base + path, ...more },
];
