import { expect, test } from "vitest";
import { Outbox, sizeOf } from "./ring";

const entry = (bytes: number) => ({ ring: "kept" as const, summary: Buffer.alloc(0), body: Buffer.alloc(bytes) });
const sized = sizeOf(entry(1_000));

test("holds no more than its bytes and reports how many of the oldest were dropped", () => {
  const outbox = new Outbox(3 * sized);
  const entries = [1, 2, 3, 4].map(() => entry(1_000));
  expect(entries.map((one) => outbox.put(one))).toEqual([0, 0, 0, 1]);
  expect(outbox.batch(Infinity)).toEqual(entries.slice(1));
  expect(outbox.bytes).toBe(3 * sized);
});

test("returns the oldest up to a limit, at least one, and forgets them once stored", () => {
  const outbox = new Outbox(100 * sized);
  const entries = [1, 2, 3].map(() => entry(1_000));
  for (const one of entries) outbox.put(one);
  expect(outbox.batch(1)).toEqual(entries.slice(0, 1));
  const batch = outbox.batch(2 * sized);
  expect(batch).toEqual(entries.slice(0, 2));
  outbox.stored(batch);
  expect(outbox.batch(Infinity)).toEqual(entries.slice(2));
  expect(outbox.bytes).toBe(sized);
});
