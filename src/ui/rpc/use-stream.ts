import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import { describeProblem } from "./problem";
import { noticeFailure } from "./session-ended";

/** What a typed subscription calls; the same for every procedure. */
export type StreamHandlers<Event> = {
  onData: (value: { id: string; data: Event }) => void;
  onError: (cause: unknown) => void;
  onConnectionStateChange: (state: { state: string; error: unknown }) => void;
};

export type StreamOptions<Event> = {
  /** What is listened to; another key begins from nothing. Null: nothing. */
  key: string | null;
  /** Begins to listen after this event, or from now on. */
  subscribe: (lastEventId: string | null, handlers: StreamHandlers<Event>) => { unsubscribe: () => void };
  onEvent: (event: Event) => void;
};

export type Stream = {
  /** Why there is no stream though there should be one; null while it runs or is about to. */
  error: unknown;
  /** Tries again at once. */
  retry: () => void;
};

/** A node that stops hands over within this time: no reason to alarm anybody. */
const graceMs = 5_000;
const againAfterMs = 5_000;

/**
 * Listens while the tab is seen and goes on after the last event when it is seen again. A connection that breaks is opened
 * again by the browser, with the last event's id; one that is refused is asked for again after a while, unless it is
 * refused for good.
 */
export function useStream<Event>({ key, subscribe, onEvent }: StreamOptions<Event>): Stream {
  const isVisible = usePageVisible();
  const [attempt, setAttempt] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const last = useRef<{ key: string; id: string } | null>(null);
  const begin = useEffectEvent(subscribe);
  const take = useEffectEvent(onEvent);

  useEffect(() => {
    if (key === null || !isVisible) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const cancel = (): void => {
      clearTimeout(timer);
      timer = undefined;
    };
    const lastEventId = last.current?.key === key ? last.current.id : null;
    const subscription = begin(lastEventId, {
      onData: ({ id, data }) => {
        cancel();
        last.current = { key, id };
        setError(null);
        take(data);
      },
      onConnectionStateChange: (connection) => {
        if (connection.error === null) {
          if (connection.state === "pending") cancel();
          return;
        }
        // Each attempt of the browser fails anew: the first counts.
        if (timer !== undefined) return;
        // Before the first event nothing is shown, so that there is no reason to wait.
        const waitMs = last.current?.key === key ? graceMs : 0;
        timer = setTimeout(() => setError(connection.error), waitMs);
      },
      onError: (cause) => {
        cancel();
        setError(cause);
        noticeFailure(cause);
        if (describeProblem(cause).isWorthRetrying) {
          timer = setTimeout(() => setAttempt(attempt + 1), againAfterMs);
        }
      },
    });
    return () => {
      cancel();
      subscription.unsubscribe();
    };
  }, [key, isVisible, attempt]);

  useEffect(() => {
    // A stream that lost its network is silent for a while before anybody notices: a new one fails, or works, at once.
    const again = (): void => setAttempt((count) => count + 1);
    for (const name of ["offline", "online"]) addEventListener(name, again);
    return () => {
      for (const name of ["offline", "online"]) removeEventListener(name, again);
    };
  }, []);

  return { error: key === null ? null : error, retry: () => setAttempt((count) => count + 1) };
}

function onVisibilityChange(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}

/** Whether this tab is visible. */
function usePageVisible(): boolean {
  return useSyncExternalStore(
    onVisibilityChange,
    () => document.visibilityState === "visible",
    () => false,
  );
}
