import { useSyncExternalStore } from "react";

const never = (): (() => void) => () => undefined;

/** False in the server's HTML, true once the page is interactive. */
export function useIsHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
