import { currentScope } from "@weir/core/scope";
import type { Deadlines } from "@weir/core/deadlines";
import { DatabaseError } from "./errors";

/** When nobody waits for the answer any more, as `performance.now()`; null outside a request or without a limit. */
export function callerDeadlineAtMs(): number | null {
  return currentScope()?.deadlineAtMs ?? null;
}

/**
 * Resolves or rejects as `work` does, or rejects with DATABASE_TIMEOUT at the deadline. Only the waiting ends there:
 * `work` goes on, and whoever pays for it must look at `work` itself.
 */
export function leaveAtDeadline<Result>(
  work: Promise<Result>,
  deadlineAtMs: number | null,
  deadlines: Deadlines,
): Promise<Result> {
  if (deadlineAtMs === null) return work;
  return new Promise((resolve, reject) => {
    const deadline = deadlines.set(deadlineAtMs, () => reject(new DatabaseError("DATABASE_TIMEOUT")));
    work.then(
      (result) => {
        deadlines.clear(deadline);
        resolve(result);
      },
      (error: unknown) => {
        deadlines.clear(deadline);
        reject(error);
      },
    );
  });
}
