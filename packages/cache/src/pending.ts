/**
 * Invalidations that this node has asked for and Redis has not confirmed. Until it does, nothing stored that they
 * touch may be served here, and nothing loaded may be stored.
 */
export type Pending = {
  /** Returns the function that ends it. */
  add: (marks: readonly string[], all: boolean) => () => void;
  touches: (marks: readonly string[]) => boolean;
};

export function createPending(): Pending {
  const counts = new Map<string, number>();
  let allCount = 0;

  const end = (mark: string): void => {
    const left = (counts.get(mark) ?? 0) - 1;
    if (left > 0) counts.set(mark, left);
    else counts.delete(mark);
  };
  return {
    add: (marks, all) => {
      if (all) allCount += 1;
      for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) + 1);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        if (all) allCount -= 1;
        for (const mark of marks) end(mark);
      };
    },
    touches: (marks) => allCount > 0 || (counts.size > 0 && marks.some((mark) => counts.has(mark))),
  };
}
