import fc from "fast-check";
import { expect, test } from "vitest";
import { type Resident, S3Fifo } from "./s3-fifo";

interface Item extends Resident<Item> {
  readonly value: number;
}

const createItem = (id: string, sizeBytes = 1, value = 0): Item => ({
  id,
  sizeBytes,
  value,
  uses: 0,
  home: null,
  older: null,
  newer: null,
});

function fill(items: S3Fifo<Item>, from: number, to: number): void {
  for (let key = from; key < to; key += 1) items.set(createItem(`k${key}`));
}

const heldOf = (items: S3Fifo<Item>, from: number, to: number): number =>
  Array.from({ length: to - from }, (_, offset) => items.peek(`k${from + offset}`)).filter((one) => one !== undefined)
    .length;

const step = fc.record({
  what: fc.constantFrom("set", "get", "get", "peek", "delete"),
  id: fc.integer({ min: 0, max: 14 }).map((key) => `k${key}`),
  sizeBytes: fc.integer({ min: 1, max: 40 }),
});

test("it holds what was stored last of each id and not evicted or deleted, within both bounds", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 300 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 120 }),
      (steps, maxEntries, maxBytes) => {
        const model = new Map<string, Item>();
        const items = new S3Fifo<Item>({
          maxEntries,
          maxBytes,
          onEvicted: (item) => {
            expect(model.get(item.id)).toBe(item);
            model.delete(item.id);
          },
        });
        for (const [index, { what, id, sizeBytes }] of steps.entries()) {
          if (what === "set") {
            const item = createItem(id, sizeBytes, index);
            // What does not fit at all is not kept, and neither is what it replaces.
            if (sizeBytes > maxBytes) model.delete(id);
            else model.set(id, item);
            items.set(item);
          } else if (what === "delete") {
            items.delete(id);
            model.delete(id);
          }
          expect(what === "get" ? items.get(id) : items.peek(id)).toBe(model.get(id));
          expect(new Set(items.values())).toEqual(new Set(model.values()));
          expect(items.size).toBe(model.size);
          expect(items.size).toBeLessThanOrEqual(maxEntries);
          expect(items.sizeBytes).toBe([...model.values()].reduce((sum, held) => sum + held.sizeBytes, 0));
          expect(items.sizeBytes).toBeLessThanOrEqual(maxBytes);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("an entry that was just stored is held, whatever was read before", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), fc.integer({ min: 1, max: 10 }), (steps, maxEntries) => {
      const items = new S3Fifo<Item>({ maxEntries, maxBytes: 40 });
      for (const { what, id, sizeBytes } of steps) {
        const item = what === "get" ? items.get(id) : createItem(id, sizeBytes);
        if (what !== "get" && item !== undefined) items.set(item);
        expect(items.peek(id)).toBe(item);
      }
    }),
    { numRuns: 500 },
  );
});

test("without room it holds nothing", () => {
  const items = new S3Fifo<Item>({ maxEntries: 0, maxBytes: 10 });
  items.set(createItem("k0"));
  expect(items.size).toBe(0);
});

test("a scan displaces a tenth of what is in use at most", () => {
  const items = new S3Fifo<Item>({ maxEntries: 1_000, maxBytes: 1_000_000 });
  fill(items, 0, 900);
  for (let time = 0; time < 2; time += 1) for (let key = 0; key < 900; key += 1) items.get(`k${key}`);
  fill(items, 10_000, 60_000);
  expect(heldOf(items, 0, 900)).toBe(900);
});

test("a scan of large entries displaces a tenth of the bytes at most", () => {
  const items = new S3Fifo<Item>({ maxEntries: 1_000, maxBytes: 1_000 });
  fill(items, 0, 800);
  for (let time = 0; time < 2; time += 1) for (let key = 0; key < 800; key += 1) items.get(`k${key}`);
  for (let key = 10_000; key < 12_000; key += 1) items.set(createItem(`k${key}`, 30));
  expect(heldOf(items, 0, 800)).toBe(800);
});

test("what is no longer read makes room for what is", () => {
  const items = new S3Fifo<Item>({ maxEntries: 100, maxBytes: 1_000 });
  fill(items, 0, 100);
  for (let time = 0; time < 5; time += 1) for (let key = 0; key < 100; key += 1) items.get(`k${key}`);
  for (let time = 0; time < 20; time += 1) {
    for (let key = 200; key < 290; key += 1) if (items.get(`k${key}`) === undefined) items.set(createItem(`k${key}`));
  }
  expect(heldOf(items, 200, 290)).toBe(90);
});

test("an id that returns soon after it was evicted unread is kept through a scan", () => {
  const items = new S3Fifo<Item>({ maxEntries: 100, maxBytes: 1_000 });
  fill(items, 0, 100);
  fill(items, 1_000, 1_020);
  expect(items.peek("k0")).toBeUndefined();
  items.set(createItem("k0"));
  fill(items, 2_000, 2_050);
  expect(items.peek("k0")).not.toBeUndefined();
});

test("an entry in use whose value ended is kept through a scan once it is there again", () => {
  const items = new S3Fifo<Item>({ maxEntries: 100, maxBytes: 1_000 });
  items.set(createItem("k0"));
  items.get("k0");
  items.get("k0");
  items.delete("k0");
  items.set(createItem("k0"));
  fill(items, 1_000, 1_150);
  expect(items.peek("k0")).not.toBeUndefined();
});
