import { useEffect, useSyncExternalStore } from "react";
import { describeProblem } from "./problem";

const listeners = new Set<() => void>();
let hasEnded = false;
let isSignedIn: (() => Promise<boolean>) | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Sets how to ask the server for the session of this browser. */
export function watchSession(ask: () => Promise<boolean>): void {
  isSignedIn = ask;
}

/**
 * Records that the session has ended if `cause` says so and the server, asked again, confirms it: a call may have left
 * with a cookie that another tab has just replaced. Accepts any error.
 */
export function noticeFailure(cause: unknown): void {
  if (hasEnded || describeProblem(cause).kind !== "signedOut") return;
  // Without a response the state is unknown; the next call shows it.
  void (isSignedIn?.() ?? Promise.resolve(false))
    .catch(() => true)
    .then((isStill) => {
      if (isStill || hasEnded) return;
      hasEnded = true;
      for (const listener of listeners) listener();
    });
}

/** Whether the session ended while the page was open. Stays true until the page is reloaded. */
export function useSessionEnded(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => hasEnded,
    () => false,
  );
}

/**
 * Loads the page anew when the browser brings it back from its cache of pages (Back, Forward): its session may have ended
 * since. Until then it shows nothing.
 */
export function useNeverRevived(): void {
  useEffect(() => {
    const root = document.documentElement;
    const onHide = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) root.style.visibility = "hidden";
    };
    const onShow = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) location.reload();
    };
    addEventListener("pagehide", onHide);
    addEventListener("pageshow", onShow);
    return () => {
      removeEventListener("pagehide", onHide);
      removeEventListener("pageshow", onShow);
    };
  }, []);
}
