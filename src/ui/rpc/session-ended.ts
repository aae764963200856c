import { useSyncExternalStore } from "react";
import { describeProblem } from "./problem";

const listeners = new Set<() => void>();
let hasEnded = false;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Records that the session has ended if `cause` says so. Accepts any error. */
export function noticeFailure(cause: unknown): void {
  if (hasEnded || describeProblem(cause).kind !== "signedOut") return;
  hasEnded = true;
  for (const listener of listeners) listener();
}

/** Whether the session ended while the page was open. Stays true until the page is reloaded. */
export function useSessionEnded(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => hasEnded,
    () => false,
  );
}
