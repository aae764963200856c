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
