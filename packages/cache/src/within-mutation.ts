import { AsyncLocalStorage } from "node:async_hooks";
import { CacheError } from "./errors";

/** Marks the work of a mutation, so that a cached read inside it is refused: it would see the state before the write. */
export type WithinMutation = {
  run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** @throws WeirError CACHE_READ_IN_MUTATION when called by such work or by what it started */
  refuseReads: () => void;
};

export function createWithinMutation(): WithinMutation {
  const storage = new AsyncLocalStorage<true>();
  return {
    run: (work) => storage.run(true, work),
    refuseReads: () => {
      if (storage.getStore() === true) throw new CacheError("CACHE_READ_IN_MUTATION");
    },
  };
}
