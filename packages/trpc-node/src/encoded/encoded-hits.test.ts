import { expect, test } from "vitest";
import type { LiveEntry } from "@weir/cache";
import { createResponseCache } from "./encoded-hits";

const live: LiveEntry<unknown> = { group: "note.byId", value: {}, answers: () => true };
const entry = { group: "note.byId", live: () => live, get: async () => live.value };
const call = { procedure: "note.byId", entry, absent: undefined };

test("a kept response holds the memory that it counts, and no slab around it", async () => {
  const responses = createResponseCache({ compressFromBytes: 1_000 });
  responses.keep("/small", call, live, "x".repeat(200));
  responses.keep("/large", call, live, "x".repeat(4_000));
  const [small, large] = [responses.find("/small")?.response, responses.find("/large")?.response];
  expect(small?.body.buffer.byteLength).toBe(200);
  await expect
    .poll(() => Object.keys(large?.variants ?? {}).toSorted((a, b) => a.localeCompare(b)))
    .toEqual(["br", "gzip"]);
  for (const bytes of Object.values(large?.variants ?? {})) expect(bytes.buffer.byteLength).toBe(bytes.length);
});

test("bytes and entries are bounded, and a response that does not fit is made but not kept", () => {
  const responses = createResponseCache({ maxEntries: 3, maxBytes: 10_000, compressFromBytes: 100_000 });
  for (let count = 0; count < 10; count += 1) responses.keep(`/${count}`, call, live, "x".repeat(100));
  expect(responses.entries).toBe(3);
  expect(responses.find("/9")).toBeDefined();
  expect(responses.keep("/huge", call, live, "x".repeat(20_000)).body.length).toBe(20_000);
  expect(responses.find("/huge")).toBeUndefined();
  for (let count = 0; count < 5; count += 1) responses.keep(`/big${count}`, call, live, "x".repeat(4_000));
  expect(responses.entries).toBe(2);
});

test("a URL that is learned again has no response until one is made", () => {
  const responses = createResponseCache();
  responses.keep("/a", call, live, "{}");
  responses.learn("/a", call);
  expect(responses.find("/a")).toMatchObject({ procedure: "note.byId", response: null });
});
