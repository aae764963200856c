/** `count` is at most `error` too high, and never too low. */
export type Counter = { readonly name: string; readonly count: number; readonly error: number };

/** What was counted elsewhere: names that are not listed occurred at most `floor` times. */
export type CounterList = { readonly counters: readonly Counter[]; readonly floor: number };

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

/** `begin`: what was counted before, at most `capacity` counters, none below its floor. */
export function createSpaceSaving(capacity: number, begin: CounterList = { counters: [], floor: 0 }): SpaceSaving {
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
  const join = ({ name, count, error }: Counter): void => {
    const cell = { name, count, error, place: heap.length };
    cells.set(name, cell);
    rise(cell);
  };
  for (const counter of begin.counters) {
    join(counter);
    total += counter.count;
  }

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
        join({ name, count: begin.floor + weight, error: begin.floor });
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
      return heap.length < capacity ? begin.floor : (heap[0]?.count ?? 0);
    },
    get total() {
      return total;
    },
    get size() {
      return heap.length;
    },
  };
}

/** How often the name occurred at least. */
export const minCount = ({ count, error }: Counter): number => count - error;

/**
 * Merges counters that were kept apart: counts add up, and where a list does not name something, it may have occurred as
 * often as that list's floor, which is added to the error (Agarwal et al., "Mergeable Summaries", PODS 2012). The
 * `maxCounters` with the highest rank are kept, by their count unless `rankOf` says otherwise.
 */
export function mergeCounterLists(
  lists: readonly CounterList[],
  maxCounters: number,
  rankOf?: (counter: Counter) => number,
): CounterList {
  const floor = lists.reduce((sum, list) => sum + list.floor, 0);
  const merged = new Map<string, Counter>();
  for (const { counters, floor: own } of lists) {
    for (const { name, count, error } of counters) {
      const known = merged.get(name) ?? { name, count: floor, error: floor };
      // Listed here, so this list's floor no longer stands for it.
      merged.set(name, { name, count: known.count + count - own, error: known.error + error - own });
    }
  }
  return cutCounters({ counters: [...merged.values()], floor }, maxCounters, rankOf);
}

/** The counters with the highest rank, highest first; what is cut off raises the floor. */
export function cutCounters(
  { counters, floor }: CounterList,
  maxCounters: number,
  rankOf: (counter: Counter) => number = ({ count }) => count,
): CounterList {
  const sorted = counters.toSorted((a, b) => rankOf(b) - rankOf(a) || (a.name < b.name ? -1 : 1));
  const cutOff = sorted.slice(maxCounters).reduce((largest, { count }) => Math.max(largest, count), 0);
  return { counters: sorted.slice(0, maxCounters), floor: Math.max(floor, cutOff) };
}
