import { useSyncExternalStore } from "react";

const never = (): (() => void) => () => undefined;

/** False in the HTML that the server sends, true as soon as the page runs in the browser. */
export function useIsHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
