import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import { describeProblem } from "./problem";
import { noticeFailure } from "./session-ended";

/** The callbacks of a typed subscription; the same for every procedure. */
export type StreamHandlers<Event> = {
  onData: (value: { id: string; data: Event }) => void;
  onError: (cause: unknown) => void;
  onConnectionStateChange: (state: { state: string; error: unknown }) => void;
};

export type StreamOptions<Event> = {
  /** Identifies the stream; a new key starts from scratch. Null pauses. */
  key: string | null;
  /** Subscribes after this event, or from now on. */
  subscribe: (lastEventId: string | null, handlers: StreamHandlers<Event>) => { unsubscribe: () => void };
  onEvent: (event: Event) => void;
};

export type Stream = {
  /** Why the stream is down; null while it is open or connecting. */
  error: unknown;
  /** Reconnects immediately. */
  retry: () => void;
};

/** A stopping node hands over within this time, so no error is shown before. */
const graceMs = 5_000;
const againAfterMs = 5_000;

/**
 * Subscribes while the tab is visible, and resumes after the last event when it becomes visible again. The browser reopens
 * a broken connection with the last event's ID; a refused one is retried after a pause, unless retrying cannot help.
 */
export function useStream<Event>({ key, subscribe, onEvent }: StreamOptions<Event>): Stream {
  const isVisible = usePageVisible();
  const [attempt, setAttempt] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const last = useRef<{ key: string; id: string } | null>(null);
  const wasRefused = useRef(false);
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
        wasRefused.current = false;
        last.current = { key, id };
        setError(null);
        take(data);
      },
      onConnectionStateChange: (connection) => {
        if (connection.error === null) {
          if (connection.state === "pending") cancel();
          return;
        }
        // Every reconnection attempt of the browser fails too: the first failure counts.
        if (timer !== undefined) return;
        // Before the first event nothing is displayed, so there is no reason to wait.
        const waitMs = last.current?.key === key ? graceMs : 0;
        timer = setTimeout(() => setError(connection.error), waitMs);
      },
      onError: (cause) => {
        cancel();
        // The server ends the streams of a cookie that was replaced: one with the new cookie continues.
        if (describeProblem(cause).kind === "signedOut" && !wasRefused.current) {
          wasRefused.current = true;
          return setAttempt(attempt + 1);
        }
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
    // A stream that lost its network stays silent for a while; a new one fails or works immediately.
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
