/** How the server answered to an attempt to sign in. */
export type SignInAnswer =
  | { kind: "signedIn" }
  /** The same whether the address is unknown, the account disabled or the password wrong. */
  | { kind: "refused" }
  | { kind: "limited"; retryAfterSeconds: number }
  /** The page was loaded from an address that the server does not take for its own. */
  | { kind: "foreign" }
  | { kind: "busy" }
  | { kind: "offline" }
  | { kind: "failed"; requestId: string | null };

const longestWaitSeconds = 3_600;

/** The seconds of a `Retry-After` header; one minute where it tells none that can be read. */
function readRetryAfter(header: string | null): number {
  const seconds = header !== null && /^\d+$/.test(header) ? Number(header) : 60;
  return Math.min(longestWaitSeconds, Math.max(1, seconds));
}

/** What the status of the server's answer means for the one who asked. */
export function readAnswer(status: number, headers: Headers): SignInAnswer {
  if (status >= 200 && status < 300) return { kind: "signedIn" };
  if (status === 429) return { kind: "limited", retryAfterSeconds: readRetryAfter(headers.get("retry-after")) };
  if (status === 503) return { kind: "busy" };
  if (status === 403) return { kind: "foreign" };
  if (status === 400 || status === 401 || status === 422) return { kind: "refused" };
  return { kind: "failed", requestId: headers.get("x-request-id") };
}

/** Asks to be signed in. Never rejects: a lost network is an answer like the others. */
export async function requestSignIn(email: string, password: string): Promise<SignInAnswer> {
  try {
    const response = await fetch("/api/auth/sign-in/email", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
      signal: AbortSignal.timeout(20_000),
    });
    return readAnswer(response.status, response.headers);
  } catch {
    return { kind: "offline" };
  }
}

/** Asks to be signed out. Returns whether the server has done so. */
export async function requestSignOut(): Promise<boolean> {
  try {
    const response = await fetch("/api/auth/sign-out", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
      signal: AbortSignal.timeout(20_000),
    });
    return response.ok;
  } catch {
    return false;
  }
}
