/** What is asked for in one go, handed over together. */
export type Batch<Item> = { readonly add: (item: Item) => void };

export type BatchOptions<Item> = {
  /** Calls it soon, once what happens now is done. */
  soon: (work: () => void) => void;
  /** No more than this many at a time; the rest is a batch of its own. */
  most: number;
  send: (items: readonly Item[]) => void;
};

export function createBatch<Item>({ soon, most, send }: BatchOptions<Item>): Batch<Item> {
  let gathered: Item[] = [];
  const flush = (): void => {
    if (gathered.length === 0) return;
    const items = gathered;
    gathered = [];
    send(items);
  };
  return {
    add: (item) => {
      gathered.push(item);
      if (gathered.length === 1) soon(flush);
      // What was called soon then finds nothing, or a batch that goes out a little earlier.
      else if (gathered.length >= most) flush();
    },
  };
}
