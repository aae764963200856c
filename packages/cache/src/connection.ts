import { Redis, type RedisOptions } from "ioredis";
import { channels } from "@weir/core/channels";
import { runOutsideScope, type Scope } from "@weir/core/scope";
import type { Deadlines } from "./deadlines";
import { promised } from "./promised";
import type { Script } from "./scripts";
import { TookTooLong } from "./settle-within";

/** Where Redis is, or how to make a client of one's own (Sentinel, TLS) out of the options the engine needs. */
export type RedisSource = { url: string } | { connect: (options: RedisOptions) => Redis };

/** Sends a command or a script and publishes how long it took on `channels.redis`. */
export type Send = <Reply>(command: string, send: (redis: Redis) => Promise<Reply>) => Promise<Reply>;

/** Hears once how a command ended. Neither may throw. */
export type Asker<Reply> = {
  answered: (reply: Reply) => void;
  /** Perhaps outside the request that asked. */
  failed: (error: unknown) => void;
  /** Whom it is sent for, where they are several; for telemetry. */
  sharedWith?: readonly Scope[] | undefined;
};

/** As `Send`, for those in a hurry: within its own time, and without a promise. */
export type Ask = <Reply>(
  command: string,
  withinMs: number,
  send: (redis: Redis) => Promise<Reply>,
  asker: Asker<Reply>,
) => void;

export type Connection = {
  /** False until `prepare` has succeeded on the connection that is open now. */
  readonly usable: boolean;
  /** Rejects at once while the connection is not usable; nothing waits in a queue and nothing is sent twice. */
  readonly send: Send;
  /** Only for a connection that is usable. */
  readonly ask: Ask;
  /** Resolves when the connection becomes usable, or is closed for good. */
  whenUsable: () => Promise<void>;
  /** Gives the connection up and opens another. For one that is open but does not answer. */
  reconnect: () => void;
  close: () => void;
};

export type ConnectionOptions = {
  source: RedisSource;
  name: string;
  deadlines: Deadlines;
  /** After this a command is given up; not for connections that block. */
  commandTimeoutMs?: number;
  /** Runs on each new connection, before anything else may use it. When it rejects, another connection is tried. */
  prepare: (send: Send) => Promise<void>;
};

const handshakeMs = 2000;
const retryAfterRefusalMs = 500;

class NotConnected extends Error {
  override readonly name = "NotConnected";
}

/** Runs a script by its hash, and by its text where the server does not know it yet. */
export function evalScript(
  redis: Redis,
  { sha, source }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  return redis.evalsha(sha, keys.length, ...keys, ...args).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return redis.eval(source, keys.length, ...keys, ...args);
  });
}

export function runScript(
  send: Send,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  return send(script.name, (redis) => evalScript(redis, script, keys, args));
}

/** The client's own `commandTimeout` is a timer for each command; here all of them share one. */
function asking(redis: Redis, connection: string, deadlines: Deadlines): Ask {
  return (command, withinMs, send, { answered, failed, sharedWith }) => {
    const startedAtMs = performance.now();
    let ended = false;
    const end = (ok: boolean): void => {
      ended = true;
      if (begun !== undefined) deadlines.end(begun);
      if (!channels.redis.hasSubscribers) return;
      const endedAtMs = performance.now();
      channels.redis.publish({
        connection,
        command,
        durationMs: endedAtMs - startedAtMs,
        ok,
        sharedWith,
        endedAtMs,
      });
    };
    const fail = (error: unknown): void => {
      if (ended) return;
      end(false);
      failed(error);
    };
    const begun =
      withinMs < Number.POSITIVE_INFINITY
        ? deadlines.begin({ untilMs: startedAtMs + withinMs, giveUp: () => fail(new TookTooLong(withinMs)) })
        : undefined;
    promised(() => send(redis)).then((reply) => {
      if (ended) return;
      end(true);
      answered(reply);
    }, fail);
  };
}

function openRedis({ source, name }: ConnectionOptions): Redis {
  const options: RedisOptions = {
    connectionName: name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: handshakeMs,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000) * (0.75 + Math.random() / 2),
  };
  return "url" in source ? new Redis(source.url, options) : source.connect(options);
}

/** Opens a connection that reopens itself until it is closed. Never throws for an unreachable server. */
export function openConnection(options: ConnectionOptions): Connection {
  // What a connection does by itself, such as opening again, it does in the scope that it was opened in.
  const redis = runOutsideScope(() => openRedis(options));
  const { commandTimeoutMs = Number.POSITIVE_INFINITY } = options;
  const ask = asking(redis, options.name, options.deadlines);
  const send: Send = (command, work) =>
    new Promise((answered, failed) => ask(command, commandTimeoutMs, work, { answered, failed }));
  let session = 0;
  let usable = false;
  let closed = false;
  let guard: NodeJS.Timeout | undefined;
  let waiting: (() => void)[] = [];

  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const retryIn = (ms: number): void => {
    clearTimeout(guard);
    guard = setTimeout(() => {
      if (!usable && !closed) redis.disconnect(true);
    }, ms);
    guard.unref();
  };
  const prepare = async (): Promise<void> => {
    session += 1;
    const own = session;
    retryIn(handshakeMs);
    try {
      await options.prepare(send);
      if (own !== session || closed) return;
      usable = true;
      clearTimeout(guard);
      wake();
    } catch {
      if (own === session && !closed) retryIn(retryAfterRefusalMs);
    }
  };

  // Each failure reaches whoever sent the command; ioredis reconnects by itself.
  redis.on("error", () => undefined);
  redis.on("connect", () => retryIn(handshakeMs));
  redis.on("ready", () => void prepare());
  redis.on("close", () => {
    session += 1;
    usable = false;
    clearTimeout(guard);
  });
  if (redis.status === "ready") void runOutsideScope(prepare);

  return {
    get usable() {
      return usable;
    },
    send: (command, work) =>
      usable ? send(command, work) : Promise.reject(new NotConnected(`${options.name} has no connection.`)),
    ask,
    whenUsable: () => (usable || closed ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    reconnect: () => {
      usable = false;
      if (!closed) runOutsideScope(() => redis.disconnect(true));
    },
    close: () => {
      closed = true;
      usable = false;
      clearTimeout(guard);
      redis.disconnect();
      wake();
    },
  };
}
