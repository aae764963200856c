/** `count` is at most `error` too high, and never too low. */
export type Counter = { readonly name: string; readonly count: number; readonly error: number };

/**
 * The most frequent names of a stream in a fixed number of counters: Space-Saving (Metwally, Agrawal and El Abbadi,
 * "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005). A name without a counter takes the
 * smallest one over, with its count as the error. Whatever occurs more often than `total / capacity` has a counter.
 */
export type SpaceSaving = {
  /** Counts a name `weight` times. */
  add: (name: string, weight: number) => void;
  /** Largest first. */
  top: (most: number) => Counter[];
  /** No name without a counter occurred more often. */
  readonly floor: number;
  readonly total: number;
  readonly size: number;
};

type Cell = { name: string; count: number; error: number; place: number };

export function createSpaceSaving(capacity: number): SpaceSaving {
  const cells = new Map<string, Cell>();
  /** The smallest count stands first; each is at most those at twice its place plus one and two. */
  const heap: Cell[] = [];
  let total = 0;

  const put = (cell: Cell, place: number): void => {
    heap[place] = cell;
    cell.place = place;
  };
  const sink = (cell: Cell): void => {
    let { place } = cell;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const smaller = left !== undefined && right !== undefined && right.count < left.count ? right : left;
      if (smaller === undefined || smaller.count >= cell.count) break;
      const from = smaller.place;
      put(smaller, place);
      place = from;
    }
    put(cell, place);
  };
  const rise = (cell: Cell): void => {
    let { place } = cell;
    while (place > 0) {
      const above = heap[(place - 1) >> 1];
      if (above === undefined || above.count <= cell.count) break;
      const to = above.place;
      put(above, place);
      place = to;
    }
    put(cell, place);
  };

  return {
    add: (name, weight) => {
      total += weight;
      const known = cells.get(name);
      if (known !== undefined) {
        known.count += weight;
        sink(known);
        return;
      }
      const smallest = heap[0];
      if (smallest === undefined || heap.length < capacity) {
        const cell = { name, count: weight, error: 0, place: heap.length };
        cells.set(name, cell);
        rise(cell);
        return;
      }
      cells.delete(smallest.name);
      cells.set(name, smallest);
      smallest.name = name;
      smallest.error = smallest.count;
      smallest.count += weight;
      sink(smallest);
    },
    top: (most) =>
      heap
        .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
        .slice(0, most)
        .map(({ name, count, error }) => ({ name, count, error })),
    get floor() {
      return heap.length < capacity ? 0 : (heap[0]?.count ?? 0);
    },
    get total() {
      return total;
    },
    get size() {
      return heap.length;
    },
  };
}
