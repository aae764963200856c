import { useSyncExternalStore } from "react";
import { nextAddress } from "./next-address";

export type Destination = {
  /** The full address to go to. */
  address: string;
  /** The prompt was rendered in place of the very page that was asked for. */
  isThisPage: boolean;
};

/** Where the page that was asked for is: at `?next=` of the prompt, else right here, where the prompt stands in for it. */
function readDestination(): Destination {
  const { origin, pathname, search, href } = location;
  const isPrompt = /^\/+sign-in\/?$/i.test(pathname);
  if (!isPrompt) return { address: href, isThisPage: true };
  return { address: nextAddress(new URLSearchParams(search).get("next"), origin), isThisPage: false };
}

/** The path and query of the destination, as one reads it; null until the page runs in the browser. */
export function useDestinationName(): string | null {
  return useSyncExternalStore(
    () => () => undefined,
    () => {
      const { pathname, search } = new URL(readDestination().address);
      return `${pathname}${search}`;
    },
    () => null,
  );
}

/** Leaves the prompt. The pages behind it are asked for anew: nothing of the signed-out ones is kept. */
export function goOn(): void {
  const { address, isThisPage } = readDestination();
  if (isThisPage) location.reload();
  else location.replace(address);
}
