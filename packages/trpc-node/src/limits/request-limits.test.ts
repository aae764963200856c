import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { defaultLimits, refuseByLimits, refuseCrossSite } from "./request-limits";

type Parts = { method?: string; url?: string; headers?: Record<string, string> };

function request({ method = "GET", url = "/api/trpc/note.byId", headers = {} }: Parts): IncomingMessage {
  // Only these members are read.
  return { method, url, headers: { host: "weir.example", ...headers }, rawHeaders: [] } as unknown as IncomingMessage;
}
const refused = (parts: Parts): number | null => refuseByLimits(request(parts), defaultLimits)?.status ?? null;
const crossSite = (parts: Parts, origins: string[] = []): number | null =>
  refuseCrossSite(request(parts), new Set(origins))?.status ?? null;

test("a URL at the limit passes, and one more character is refused", () => {
  const url = `/api/trpc/x?input=${"a".repeat(defaultLimits.urlLength - "/api/trpc/x?input=".length)}`;
  expect(refused({ url })).toBeNull();
  expect(refused({ url: `${url}a` })).toBe(414);
});

test.each([",", "%2c", "%2C"])("a batch is measured by its separator %s before it is split", (separator) => {
  const batch = (calls: number): string =>
    `/api/trpc/${Array.from({ length: calls }, () => "a.b").join(separator)}?batch=1`;
  expect(refused({ url: batch(defaultLimits.batchLength) })).toBeNull();
  expect(refused({ url: batch(defaultLimits.batchLength + 1) })).toBe(400);
});

test("commas in the query are not calls", () => {
  expect(refused({ url: `/api/trpc/note.byIds?input=${"1,".repeat(100)}` })).toBeNull();
});

test("an announced body over the limit is refused before it is read", () => {
  expect(refused({ method: "POST", headers: { "content-length": "64000" } })).toBeNull();
  expect(refused({ method: "POST", headers: { "content-length": "64001" } })).toBe(413);
});

test.each(["multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded", ""])(
  "a POST as %s is refused, because a form of any site can send it",
  (type) => {
    expect(crossSite({ method: "POST", headers: { "content-type": type } })).toBe(415);
  },
);

test("a POST of JSON passes with and without a charset", () => {
  expect(crossSite({ method: "POST", headers: { "content-type": "application/json" } })).toBeNull();
  expect(crossSite({ method: "POST", headers: { "content-type": "Application/JSON; charset=utf-8" } })).toBeNull();
});

test("pages of this host may call, pages of other hosts may not", () => {
  expect(crossSite({ headers: { origin: "https://weir.example" } })).toBeNull();
  expect(crossSite({ headers: { origin: "https://evil.example" } })).toBe(403);
  expect(crossSite({ headers: { origin: "null" } })).toBe(403);
});

test("with configured origins, only those may call", () => {
  expect(crossSite({ headers: { origin: "https://a.example" } }, ["https://a.example"])).toBeNull();
  expect(crossSite({ headers: { origin: "https://weir.example" } }, ["https://a.example"])).toBe(403);
});
