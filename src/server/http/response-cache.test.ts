import { expect, test } from "vitest";
import type { LiveEntry } from "../cache";
import { createResponseCache } from "./response-cache";

const live: LiveEntry<unknown> = { group: "city.byId", value: {}, answers: () => true };

test("a kept answer holds the memory that it counts, and no slab around it", async () => {
  const responses = createResponseCache({ compressFromBytes: 1_000 });
  responses.keep("/small", "city.byId", live, "x".repeat(200));
  responses.keep("/large", "city.list", live, "x".repeat(4_000));
  const [small, large] = [responses.find("/small"), responses.find("/large")];
  expect(small?.body.buffer.byteLength).toBe(200);
  await expect
    .poll(() => Object.keys(large?.variants ?? {}).toSorted((a, b) => a.localeCompare(b)))
    .toEqual(["br", "gzip"]);
  for (const bytes of Object.values(large?.variants ?? {})) expect(bytes.buffer.byteLength).toBe(bytes.length);
});

test("bytes and entries are bounded; what does not fit is not kept", () => {
  const responses = createResponseCache({ maxEntries: 3, maxBytes: 10_000, compressFromBytes: 100_000 });
  for (let count = 0; count < 10; count += 1) responses.keep(`/${count}`, "city.byId", live, "x".repeat(100));
  expect(responses.entries).toBe(3);
  expect(responses.find("/9")).toBeDefined();
  responses.keep("/huge", "city.list", live, "x".repeat(20_000));
  expect(responses.find("/huge")).toBeUndefined();
  for (let count = 0; count < 5; count += 1) responses.keep(`/big${count}`, "city.list", live, "x".repeat(4_000));
  expect(responses.entries).toBe(2);
});

test("what is dropped is gone", () => {
  const responses = createResponseCache();
  responses.keep("/a", "city.byId", live, "{}");
  responses.drop("/a");
  expect(responses.find("/a")).toBeUndefined();
});
