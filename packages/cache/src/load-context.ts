import type { LoadContext } from "./types";

/**
 * What a load is told. Each load has a signal of its own, so that whoever listens to it may forget to stop; it is made
 * when it is asked for, which few loads do.
 */
export function openLoadContext(closing: AbortSignal): { readonly context: LoadContext; readonly close: () => void } {
  let ending: AbortController | undefined;
  let closed = false;
  const end = (): void => ending?.abort(closing.reason);
  return {
    context: {
      get signal() {
        if (ending === undefined) {
          ending = new AbortController();
          if (closing.aborted) end();
          else if (!closed) closing.addEventListener("abort", end, { once: true });
        }
        return ending.signal;
      },
    },
    close: () => {
      closed = true;
      if (ending !== undefined) closing.removeEventListener("abort", end);
    },
  };
}
