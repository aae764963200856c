import { type Fence, createFence as createTrueFence } from "../../packages/cache/src/invalidation/fence";

// The rest of the module stays as it is.
export * from "../../packages/cache/src/invalidation/fence";

/** A fence that lets everything pass: a planted defect that proves the matrix can detect one. */
export function createFence(options: Parameters<typeof createTrueFence>[0]): Fence {
  const fence = createTrueFence(options);
  const isBlind: Partial<Fence> = { judge: () => "valid", isAnnounced: () => false };
  // A proxy, because the fence exposes its state by getters.
  return new Proxy(fence, {
    get: (target, name) => Reflect.get(name in isBlind ? isBlind : target, name),
  });
}
