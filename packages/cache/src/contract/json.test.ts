import { expect, test } from "vitest";
import type { Definition } from "./types";

/** Only its type matters. */
const defined = <Value>(definition: Pick<Definition<number, Value>, "load" | "loadMany">): unknown => definition;
type Shop = { id: number; name: string | null; tags: readonly string[]; owner?: { email: string } };

test("values that JSON represents compile, with their type inferred or named", () => {
  const shop: Shop = { id: 1, name: null, tags: ["a"] };
  expect(defined({ load: async () => shop })).toBeDefined();
  expect(defined<Shop>({ load: async () => shop, loadMany: async () => new Map([[1, shop]]) })).toBeDefined();
  expect(defined<readonly Shop[]>({ load: async () => [shop] })).toBeDefined();
  expect(defined<number>({ load: async (id) => id })).toBeDefined();
  expect(defined<unknown>({ load: async () => shop })).toBeDefined();
});

test("values that JSON would change do not compile", () => {
  // @ts-expect-error -- a Date becomes a string
  expect(defined<{ at: Date }>({ load: async () => ({ at: new Date(0) }) })).toBeDefined();
  // @ts-expect-error -- a Map becomes {}
  expect(defined<Map<string, number>>({ load: async () => new Map() })).toBeDefined();
  // @ts-expect-error -- JSON has no bigint, at any depth
  expect(defined<{ rows: { id: bigint }[] }>({ load: async () => ({ rows: [{ id: 1n }] }) })).toBeDefined();
  // @ts-expect-error -- bytes become an object with a property for each
  expect(defined<{ picture: Buffer }>({ load: async () => ({ picture: Buffer.alloc(1) }) })).toBeDefined();
});
