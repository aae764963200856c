import { DatabaseError } from "@weir/postgres/errors";

/** Runs one piece of work at a time, in the order in which they came. */
export type OneAtATime = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Refuses with DATABASE_BUSY, at once, when `mostWaiting` wait already. */
export function createOneAtATime(mostWaiting: number): OneAtATime {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    if (waiting >= mostWaiting) return Promise.reject(new DatabaseError("DATABASE_BUSY"));
    waiting += 1;
    const turn = last.then(work);
    last = turn
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1;
      });
    return turn;
  };
}
