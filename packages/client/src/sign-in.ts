import { WeirClientError } from "./error";
import type { Settings } from "./options";
import { errorOfAnswer, readError } from "./read-error";
import { isJson, type SendRequest } from "./request";

export type Credentials = { email: string; password: string };

async function post({ authUrl, timeoutMs }: Settings, send: SendRequest, path: string, body: object): Promise<unknown> {
  const signal = timeoutMs === null ? null : AbortSignal.timeout(timeoutMs);
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal };
  try {
    const response = await send(`${authUrl}/${path}`, init);
    const text = await response.text();
    if (!response.ok || !isJson(response)) throw errorOfAnswer(response, text);
    return JSON.parse(text);
  } catch (cause) {
    // Only errors are thrown here.
    const error = cause as Error;
    if (error.name === "TimeoutError") {
      throw new WeirClientError({ code: "CALL_TIMEOUT", message: `No answer within ${timeoutMs} ms.`, cause: error });
    }
    throw readError(error);
  }
}

/** Begins a session; what the server sets is kept by whoever keeps the cookies. Rejects with a WeirClientError. */
/** Who signed in, and whether the password has to be changed first (`account.changePassword`). */
export type SignedIn = {
  user: { id: string; email: string; name: string; role: "viewer" | "operator" | "admin" };
  mustChangePassword: boolean;
};

export async function signIn(settings: Settings, send: SendRequest, given: Credentials): Promise<SignedIn> {
  const { email, password } = given;
  // As the contract says of a sign-in that succeeded.
  return (await post(settings, send, "sign-in/email", { email, password })) as SignedIn;
}

/** Ends the session on the server. */
export async function signOut(settings: Settings, send: SendRequest): Promise<void> {
  await post(settings, send, "sign-out", {});
}
