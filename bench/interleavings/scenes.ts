import type { Clock } from "@sinonjs/fake-timers";
import { Node } from "./node";
import { Promises } from "./promises";
import { Store } from "./store";
import type { Settle, Violation } from "./world";

/** Completes everything in flight on these nodes; the others are paused. */
async function calm(nodes: readonly Node[], promises: Promises, settle: Settle): Promise<void> {
  for (let moved = true; moved;) {
    await settle();
    moved = false;
    for (const wire of nodes.flatMap(({ wires }) => wires)) {
      if (wire.isOpening) [moved] = [true, wire.open()];
      while (wire.mayArrive) [moved] = [true, wire.arrive()];
      while (wire.mayAnswer) [moved] = [true, wire.answer()];
    }
    for (const { key, settle: end } of nodes.flatMap(({ loads }) => loads.splice(0))) {
      [moved] = [true, end({ version: promises.versionOf(key) })];
    }
  }
}

/**
 * A written schedule that a search finds too rarely. A node that lags behind the log reads an entry and its marks; its
 * own invalidation, queued earlier, takes effect between reading the marks and their arrival, in one step.
 */
export async function playQueuedInvalidation(timers: Clock, settle: Settle): Promise<Violation> {
  let violation: Violation = null;
  const promises = new Promises(2);
  const store = new Store(
    () => timers.now,
    (fields) => promises.logged(fields),
  );
  const fail = (words: string): void => void (violation ??= words);
  const other = new Node({ index: 0, timers, store, promises, fail });
  const reader = new Node({ index: 1, timers, store, promises, fail });
  const both = [other, reader];
  await calm(both, promises, settle);
  other.read(1);
  await calm([other], promises, settle);
  // The reader's log has not delivered this yet, so it cannot judge by its own state alone.
  other.write(2, "local");
  await calm([other], promises, settle);

  const [wire] = reader.wires;
  if (wire === undefined) throw new Error("The first wire of a node is the one for reads.");
  const go = async (step: () => void): Promise<void> => {
    step();
    await settle();
  };
  store.refusals = 1;
  await go(() => reader.write(1, "local"));
  await go(() => wire.arrive());
  await go(() => wire.answer());
  if (!reader.hasQueued) fail("The scene is not set: the invalidation was not queued");
  await go(() => reader.read(1));
  await go(() => wire.arrive());
  await go(() => wire.answer());
  if (!wire.mayArrive) fail("The scene is not set: the read does not ask for marks");
  while (wire.mayArrive) await go(() => wire.arrive());
  await go(() => void timers.tick(60));
  if (!wire.mayArrive) fail("The scene is not set: what is queued is not tried again");
  await go(() => wire.arrive());
  await go(() => wire.answerAll());
  await calm(both, promises, settle);
  if (reader.unsettled > 0) fail("C3: the read never ended");
  const closing = Promise.all(both.map((node) => node.close()));
  await calm(both, promises, settle);
  timers.tick(3_000);
  await calm(both, promises, settle);
  await closing;
  return violation;
}
