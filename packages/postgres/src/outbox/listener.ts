import { setTimeout as pause } from "node:timers/promises";
import { timerMs } from "@weir/core/timers";
import postgres, { type Sql } from "postgres";
import { withTimeout } from "@weir/core/deadlines";
import { runOutsideScope } from "@weir/core/scope";
import { readAddress } from "../connection/address";
import { chooseHost } from "../connection/hosts";

/**
 * `listening`: this node hears of commits. `standby`: another node of the fleet does. `pooled`: the connection goes through
 * a pooler that may share its session. `away`: the server does not respond.
 */
export type ListenerState = "listening" | "standby" | "pooled" | "away";

export type OutboxListener = {
  /**
   * Calls back within milliseconds of a commit that left rows for the nodes to apply, and each time it begins to listen. One
   * node of the fleet listens; when it is lost, another takes over within about a second. The regular sweep finds what is
   * committed in between. Returns a function that stops it.
   */
  watch: (onRows: () => void) => () => Promise<void>;
  readonly state: () => ListenerState;
};

export type OutboxListenerOptions = {
  url: string;
  applicationName: string;
  /**
   * Whether the connection is known to own its session (`detectPooling`). By default that is so only without any pooler:
   * where the server's backend is the one that the connection was given.
   */
  ownsSession?: boolean;
  /** Between two attempts to become the one that listens, and between two checks of the connection (default 1 000). */
  everyMs?: number;
};

/** As in `weir.wake_nodes`; the second number tells the two locks apart. */
const listenLock = "1464158546, 2";
const channel = "weir_outbox";
const answerMs = 2_000;
const minRetryMs = 100;
const maxRetryMs = 5_000;
const pooledRetryMs = 60_000;

/** A connection of its own, opened by `watch` and reopened with backoff; each node keeps one. */
export function createOutboxListener(options: OutboxListenerOptions): OutboxListener {
  const { url, applicationName, ownsSession = false, everyMs = 1_000 } = options;
  let state: ListenerState = "away";

  /** Runs until the session is lost or the signal aborts. */
  async function hear(onRows: () => void, signal: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const chosen = await chooseHost(url, answerMs);
    const client = openSession({ url: chosen, applicationName, onLost: () => lost.abort(), onNotified: onRows });
    const either = AbortSignal.any([signal, lost.signal]);
    try {
      if (!ownsSession && (await isPooled(client))) {
        state = "pooled";
        return;
      }
      // The session of a machine that vanished would keep the lock for hours.
      await ask(client, "set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 3");
      while (!either.aborted) {
        if (state !== "listening") {
          const [row] = await ask(client, `select pg_try_advisory_lock(${listenLock}) as "isMine"`);
          state = "standby";
          if (row?.["isMine"] === true) {
            await ask(client, `listen ${channel}`);
            state = "listening";
            // What was committed before the server knew of this listener.
            onRows();
          }
        } else {
          await ask(client, "select 1");
        }
        await pause(timerMs(everyMs), undefined, { signal: either, ref: false });
      }
    } finally {
      if (state !== "pooled") state = "away";
      await client.end({ timeout: 0 }).catch(() => undefined);
    }
  }

  async function keepHearing(onRows: () => void, signal: AbortSignal): Promise<void> {
    let retryMs = minRetryMs;
    while (!signal.aborted) {
      const beganMs = performance.now();
      // The sweep goes on without it; the health of the server is reported by its own probe.
      await hear(onRows, signal).catch(() => undefined);
      if (performance.now() - beganMs > maxRetryMs) retryMs = minRetryMs;
      const waitMs = state === "pooled" ? pooledRetryMs : retryMs * (0.75 + Math.random() / 2);
      retryMs = Math.min(2 * retryMs, maxRetryMs);
      await pause(timerMs(waitMs), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    watch: (onRows) => {
      const stopping = new AbortController();
      const hearing = runOutsideScope(() => keepHearing(onRows, stopping.signal));
      return async () => {
        stopping.abort();
        await hearing;
      };
    },
    state: () => state,
  };
}

type SessionOptions = { url: string; applicationName: string; onLost: () => void; onNotified: () => void };

function openSession({ url, applicationName, onLost, onNotified }: SessionOptions): Sql {
  const address = readAddress(url);
  const options: postgres.Options<Record<string, never>> & { onnotify: () => void } = {
    ssl: address.ssl,
    max: 1,
    max_lifetime: null,
    idle_timeout: 0,
    connect_timeout: answerMs / 1_000,
    fetch_types: false,
    prepare: false,
    onnotice: () => undefined,
    onclose: onLost,
    // Missing from the type declarations; `sql.listen` uses it, over connections that it opens and reopens by itself.
    onnotify: onNotified,
    connection: { application_name: applicationName },
  };
  return postgres(address.url, options);
}

const ask = (client: Sql, text: string) => withTimeout(client.unsafe(text), answerMs);

/** Whether the server's session is another than the one that the connection was given. */
async function isPooled(client: Sql): Promise<boolean> {
  const rows = await withTimeout(client`select pg_backend_pid() as pid`, answerMs);
  // postgres.js declares `state` with the identity that the server gave the connection at its start.
  const told = (rows.state as { pid?: number } | undefined)?.pid;
  return told !== rows[0]?.["pid"];
}
