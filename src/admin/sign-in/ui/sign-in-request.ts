import { sessionGate } from "@/ui/rpc/session-gate";

/** The result of a sign-in attempt. */
export type SignInResult =
  | { kind: "signedIn" }
  /** The same for an unknown email, a disabled user and a wrong password. */
  | { kind: "refused" }
  | { kind: "limited"; retryAfterSeconds: number }
  /** The page was loaded from an origin that the server does not accept. */
  | { kind: "foreign" }
  | { kind: "busy" }
  | { kind: "offline" }
  | { kind: "failed"; requestId: string | null };

const maxWaitSeconds = 3_600;

/** The seconds of a `Retry-After` header; one minute if it is missing or unreadable. */
function readRetryAfter(header: string | null): number {
  const seconds = header !== null && /^\d+$/.test(header) ? Number(header) : 60;
  return Math.min(maxWaitSeconds, Math.max(1, seconds));
}

/** Interprets the status of a sign-in response. */
export function readResponse(status: number, headers: Headers): SignInResult {
  if (status >= 200 && status < 300) return { kind: "signedIn" };
  if (status === 429) return { kind: "limited", retryAfterSeconds: readRetryAfter(headers.get("retry-after")) };
  if (status === 503) return { kind: "busy" };
  if (status === 403) return { kind: "foreign" };
  if (status === 400 || status === 401 || status === 422) return { kind: "refused" };
  return { kind: "failed", requestId: headers.get("x-request-id") };
}

/** Signs in. Never rejects: a network failure is a result too. After a success, no call is sent until the page unloads. */
export function requestSignIn(email: string, password: string): Promise<SignInResult> {
  return sessionGate().replace(
    () => sendSignIn(email, password),
    ({ kind }) => kind === "signedIn",
  );
}

async function sendSignIn(email: string, password: string): Promise<SignInResult> {
  try {
    const response = await fetch("/api/auth/sign-in/email", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
      signal: AbortSignal.timeout(20_000),
    });
    return readResponse(response.status, response.headers);
  } catch {
    return { kind: "offline" };
  }
}

/** Signs out. Returns whether the server did so; no call is then sent until the page unloads. */
export function requestSignOut(): Promise<boolean> {
  return sessionGate().replace(sendSignOut, (isDone) => isDone);
}

async function sendSignOut(): Promise<boolean> {
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
