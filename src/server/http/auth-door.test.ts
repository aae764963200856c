import { expect, test, vi } from "vitest";
import { createSessionCookie } from "@/server/auth/session-cookie";
import type { PlatformRuntime } from "@/server/runtime";
import { openAccounts } from "./auth-door";

const secret = "a secret of the tests with 32 characters";
const options = { secret, trustedProxies: new Set<string>(), origins: new Set<string>() };

/** The doors over accounts that cannot be read, and the headers of a signed-in request for a page. */
function openWithoutDatabase() {
  const verify = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("The database is down.")));
  // Nothing else of a runtime is used here.
  const runtime = { services: { accounts: { verify } }, database: {} } as unknown as PlatformRuntime;
  const [line = ""] = createSessionCookie({ secret, isSecure: false }).write("token".repeat(8), 60).split(";", 1);
  return { verify, headers: new Headers({ cookie: line }), asCaller: openAccounts(runtime, options).asCaller };
}

test("a page that does not ask for the session is rendered when sessions cannot be read", async () => {
  const { verify, headers, asCaller } = openWithoutDatabase();
  expect(await asCaller(headers, async () => "rendered")).toBe("rendered");
  expect(verify).not.toHaveBeenCalled();
});

test("a page looks the session up once, and gets the failure", async () => {
  const { verify, headers, asCaller } = openWithoutDatabase();
  const asked = asCaller(headers, ({ session }) => Promise.allSettled([session(), session()]));
  expect((await asked).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(verify).toHaveBeenCalledTimes(1);
});
