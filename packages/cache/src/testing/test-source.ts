import type { LoadContext } from "../contract/types";

/**
 * The source that tests load from: a map whose loads can be held back. A load reads its value when it begins, as a
 * statement does, and resolves when it is released.
 */
export type TestSource<Value> = {
  readonly values: Map<number, Value>;
  /** Every loaded key, in order. */
  readonly loads: number[];
  load: (key: number, context: LoadContext) => Promise<Value | null>;
  loadMany: (keys: readonly number[], context: LoadContext) => Promise<Map<number, Value>>;
  /** Holds loads back from now on. Returns a function that releases them and all later ones. */
  hold: () => () => void;
  /** Resolves once this many loads have begun. */
  begun: (count: number) => Promise<void>;
  /** When set, loads fail with it. */
  failure: Error | undefined;
};

export function createTestSource<Value>(entries: Iterable<readonly [number, Value]> = []): TestSource<Value> {
  const held = new Map(entries);
  const loads: number[] = [];
  let gate: Promise<void> = Promise.resolve();
  let waiting: { count: number; resolve: () => void }[] = [];

  const begin = (key: number): void => {
    loads.push(key);
    for (const { count, resolve } of waiting) if (loads.length >= count) resolve();
    waiting = waiting.filter(({ count }) => loads.length < count);
  };
  const source: TestSource<Value> = {
    values: held,
    loads,
    failure: undefined,
    load: async (key) => {
      const value = held.get(key) ?? null;
      const { failure } = source;
      begin(key);
      await gate;
      if (failure !== undefined) throw failure;
      return value;
    },
    loadMany: async (keys, context) => {
      const values = await Promise.all(keys.map((key) => source.load(key, context)));
      const found = new Map<number, Value>();
      for (const [index, key] of keys.entries()) {
        const value = values[index];
        if (value !== null && value !== undefined) found.set(key, value);
      }
      return found;
    },
    hold: () => {
      let open = (): void => undefined;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return () => {
        open();
        gate = Promise.resolve();
      };
    },
    begun: (count) =>
      loads.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
  };
  return source;
}
