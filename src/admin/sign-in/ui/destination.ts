import { useSyncExternalStore } from "react";

export type Destination = {
  /** The full URL to go to. */
  address: string;
  /** The sign-in page was rendered instead of the requested page, at its URL. */
  isThisPage: boolean;
};

/** The requested page: `?next=` of the sign-in page, else the current URL, where the sign-in page replaces it. */
function readDestination(): Destination {
  const { origin, pathname, search, href } = location;
  const isPrompt = /^\/+sign-in\/?$/i.test(pathname);
  if (!isPrompt) return { address: href, isThisPage: true };
  return { address: nextAddress(new URLSearchParams(search).get("next"), origin), isThisPage: false };
}

/** The path and query of the destination; null until the page is interactive. */
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

/**
 * False where the sign-in page replaces another page even after a reload: the server shows that page to no such session, and
 * reloading again would not end.
 */
export function mayContinue(): boolean {
  if (!readDestination().isThisPage) return true;
  return performance.getEntriesByType("navigation").every((entry) => Reflect.get(entry, "type") !== "reload");
}

/** Leaves the sign-in page with a full page load, so that nothing of the signed-out page is kept. */
export function continueToDestination(): void {
  const { address, isThisPage } = readDestination();
  if (isThisPage) location.reload();
  else location.replace(address);
}

const fallbackPath = "/admin";

/**
 * Where to go after signing in: the full URL of `requested` if it is a path on this origin, else the dashboard. A full URL,
 * since a path such as `//host`, which `/.//host` normalises to, would name another origin.
 */
export function nextAddress(requested: string | null, origin: string): string {
  const fallback = new URL(fallbackPath, origin).href;
  if (requested === null || !requested.startsWith("/") || !URL.canParse(requested, origin)) return fallback;
  const next = new URL(requested, origin);
  const isElsewhere = next.origin !== new URL(origin).origin || next.username !== "" || next.password !== "";
  // The sign-in page and API responses are no destinations.
  const isNoPage = /^\/+(?:sign-in|api)(?:\/|$)/i.test(next.pathname);
  return isElsewhere || isNoPage ? fallback : next.href;
}
