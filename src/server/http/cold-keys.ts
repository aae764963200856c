import { currentScope, type Scope } from "@weir/core/scope";
import { type AddressSet, readClientAddress } from "@weir/trpc-node";
import { addressKey } from "@/server/auth/address-key";
import { PlatformError } from "@/server/errors";

export type ColdKeyOptions = {
  /** Keys that one client can load per minute, and at once after an idle minute. */
  keysPerMinute: number;
  trustedProxies: AddressSet;
  /** Monotonic, in ms. Default: `performance`. */
  clock?: { now: () => number };
};

type Account = { keys: number; atMs: number };

/** Beyond this many clients, the one idle for longest starts over. */
const maxClients = 10_000;
const minuteMs = 60_000;

/**
 * For the cache's `admitLoads`: bounds how many keys each client has loaded from the database, on this node. A client is the
 * session where a procedure has verified it, else the address, or the /64 of an IPv6 address; calls of the dashboard count
 * apart from all others. Work of this program (jobs, commands, refreshes) is not counted.
 *
 * Called for misses only, so nothing here costs a hit anything. Returns COLD_KEYS_EXHAUSTED, with the seconds to wait.
 */
export function createColdKeyBudget({ keysPerMinute, trustedProxies, clock = performance }: ColdKeyOptions) {
  const accounts = new Map<string, Account>();

  function accountOf(client: string, nowMs: number): Account {
    const account = accounts.get(client) ?? { keys: keysPerMinute, atMs: nowMs };
    // The map is in the order of use.
    accounts.delete(client);
    accounts.set(client, account);
    if (accounts.size > maxClients) {
      const [quietest] = accounts.keys();
      if (quietest !== undefined) accounts.delete(quietest);
    }
    return account;
  }

  return (keys: number): Error | null => {
    const client = clientOf(currentScope(), trustedProxies);
    if (client === null) return null;
    const nowMs = clock.now();
    const account = accountOf(client, nowMs);
    account.keys = Math.min(keysPerMinute, account.keys + ((nowMs - account.atMs) * keysPerMinute) / minuteMs);
    account.atMs = nowMs;
    // More than a minute's worth at once is granted like a minute's worth: it would wait for ever.
    const wanted = Math.min(keys, keysPerMinute);
    if (account.keys >= wanted) {
      account.keys -= wanted;
      return null;
    }
    const retryAfterSeconds = Math.max(1, Math.ceil(((wanted - account.keys) * 60) / keysPerMinute));
    return new PlatformError("COLD_KEYS_EXHAUSTED", {
      detail: `The limit per client is ${keysPerMinute} keys a minute (LIMIT_COLD_KEYS).`,
      facts: { retryAfterSeconds },
    });
  };
}

/** Null for work that no client sent. */
function clientOf(scope: Scope | undefined, trustedProxies: AddressSet): string | null {
  if (scope === undefined) return null;
  const { sessionId, source } = scope.request;
  if (sessionId !== undefined) return `session ${sessionId}`;
  if (source === undefined) return null;
  const address = readClientAddress(source, trustedProxies);
  return `${scope.origin === "admin" ? "dashboard" : "api"} ${addressKey(address)}`;
}
