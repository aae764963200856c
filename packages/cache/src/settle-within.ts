export class TookTooLong extends Error {
  override readonly name = "TookTooLong";

  constructor(ms: number) {
    super(`No answer within ${Math.round(ms)} ms.`);
  }
}

/**
 * What `work` answers, or a rejection with `TookTooLong` after `ms`. The work itself goes on; how it ends is ignored
 * then. For what is rare, as each has a timer of its own; reads wait by `Deadlines`.
 *
 * When the event loop was busy, the answer may already lie in the socket as the timer fires: the decision is taken
 * after the loop has looked at its sockets once more, so that a slow process is not mistaken for a slow server.
 */
export function settleWithin<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new TookTooLong(ms)));
    }, ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
