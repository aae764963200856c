import postgres from "postgres";
import { withTimeout } from "@weir/core/deadlines";
import { type Address, readAddress } from "./address";
import { explainRefusal, isSettingsRefusal, noSuitableHost } from "./refusal";
import { carriedSettings, sessionSettings } from "./settings";

/** Resolves with the URL of one host. */
export type ChooseHost = () => Promise<string>;

/** No host of a URL has what is asked for. The message names each with its reason. */
class HostsError extends Error {
  override readonly name = "HostsError";
  readonly code = noSuitableHost;
}

/** A choice for several connections: those that are opened at the same time share it. */
export function createHostChoice(url: string, connectTimeoutMs: number): ChooseHost {
  let choosing: Promise<string> | null = null;
  return () =>
    (choosing ??= chooseHost(url, connectTimeoutMs).finally(() => {
      choosing = null;
    }));
}

/**
 * Of several hosts, the first that responds and has what `target_session_attrs` asks for. All are asked at once, so that a
 * dead one does not delay the others. A single host is not asked. Rejects with an error that names each host, which
 * `explainRefusal` knows, when none is suitable.
 */
export async function chooseHost(given: string, connectTimeoutMs = 10_000): Promise<string> {
  const { hosts, target } = readAddress(given);
  const [only] = hosts;
  if (only !== undefined && hosts.length === 1) return only;
  try {
    return await Promise.any(hosts.map((url) => assertSuitable(url, target, connectTimeoutMs)));
  } catch (error) {
    // In the order of the hosts.
    const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    const reasons = errors.map((one) => (one instanceof Error ? one.message : String(one)));
    throw new HostsError(`DATABASE_URL: none of its hosts is suitable: ${reasons.join("; ")}.`, { cause: error });
  }
}

type HostState = { isStandby: boolean; isReadOnly: boolean };

async function readState(
  url: string,
  settings: Readonly<Record<string, string>>,
  connectTimeoutMs: number,
): Promise<HostState | undefined> {
  const { ssl, url: bare } = readAddress(url);
  const client = postgres(bare, {
    ssl,
    max: 1,
    connect_timeout: connectTimeoutMs / 1_000,
    fetch_types: false,
    prepare: false,
    onnotice: () => undefined,
    connection: { ...settings, application_name: "weir check" },
  });
  try {
    const asked = client<HostState[]>`
      select pg_is_in_recovery() as "isStandby", current_setting('transaction_read_only') = 'on' as "isReadOnly"`;
    return (await withTimeout(asked, connectTimeoutMs))[0];
  } finally {
    await client.end({ timeout: 1 });
  }
}

async function assertSuitable(url: string, target: Address["target"], connectTimeoutMs: number): Promise<string> {
  try {
    // The role's own limits may be hostile; a pooler may take none of these.
    const state = await readState(url, sessionSettings, connectTimeoutMs).catch((error: unknown) => {
      if (!isSettingsRefusal(error)) throw error;
      return readState(url, carriedSettings, connectTimeoutMs);
    });
    if (target !== "any" && state?.isStandby === true) throw new TypeError("a standby");
    if (target === "read-write" && state?.isReadOnly === true) throw new TypeError("read-only");
    return url;
  } catch (cause) {
    const { host } = new URL(url);
    // After the address.
    const known = explainRefusal(cause, url)?.line.split("): ").slice(1).join("): ");
    const reason = known ?? (cause instanceof Error ? cause.message : String(cause));
    throw new Error(`${host}: ${reason.replace(/\.$/, "")}`, { cause });
  }
}
