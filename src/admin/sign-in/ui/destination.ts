import { useSyncExternalStore } from "react";

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

const fallbackPath = "/admin";

/**
 * Where to go after signing in: the full address of `asked` when that is a path of this very origin, else of the
 * dashboard. A full address, since a path such as `//host`, which `/.//host` also becomes, would name another origin.
 */
export function nextAddress(asked: string | null, origin: string): string {
  const fallback = new URL(fallbackPath, origin).href;
  if (asked === null || !asked.startsWith("/") || !URL.canParse(asked, origin)) return fallback;
  const next = new URL(asked, origin);
  const isElsewhere = next.origin !== new URL(origin).origin || next.username !== "" || next.password !== "";
  // Back to the prompt, or to an answer that is no page, would lead nowhere.
  const isNoPage = /^\/+(?:sign-in|api)(?:\/|$)/i.test(next.pathname);
  return isElsewhere || isNoPage ? fallback : next.href;
}
