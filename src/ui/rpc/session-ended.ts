import { useSyncExternalStore } from "react";
import { describeProblem } from "./problem";

const listeners = new Set<() => void>();
let hasEnded = false;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Takes note when `cause` says that the session is over. Whatever fails may be handed in. */
export function noticeFailure(cause: unknown): void {
  if (hasEnded || describeProblem(cause).kind !== "signedOut") return;
  hasEnded = true;
  for (const listener of listeners) listener();
}

/** Whether the session ended while the page was open. It stays so until the page is loaded anew. */
export function useSessionEnded(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => hasEnded,
    () => false,
  );
}
