import { Redis, type RedisOptions } from "ioredis";
import { channels } from "@weir/core/channels";
import { type Deadlines, TimeoutError } from "@weir/core/deadlines";
import { readSentinelUrl } from "@weir/core/redis-address";
import { evalScript, type RedisScript, refusesWork } from "@weir/core/redis-script";
import { currentScope, runOutsideScope, type Scope } from "@weir/core/scope";

/** Where Redis is, also behind Sentinels (`redis+sentinel://…`), or how to create a client from the options that the engine needs. */
export type RedisSource = { url: string } | { connect: (options: RedisOptions) => Redis };

/** Sends a command or a script and publishes its duration on `channels.redis`. */
export type Send = <Reply>(command: string, send: (redis: Redis) => Promise<Reply>) => Promise<Reply>;

/** Exactly one of the callbacks is called, once. Neither may throw. */
export type ReplyHandlers<Reply> = {
  onReply: (reply: Reply) => void;
  /** May run outside the request that sent the command. */
  onError: (error: unknown) => void;
  /** The requests that share the command, when there are several; for telemetry. */
  sharedWith?: readonly Scope[] | undefined;
};

/** `Send` for the hot path: with a timeout per call, and callbacks instead of a promise. */
export type Request = <Reply>(
  command: string,
  timeoutMs: number,
  send: (redis: Redis) => Promise<Reply>,
  handlers: ReplyHandlers<Reply>,
) => void;

export type Connection = {
  /** False until `prepare` has succeeded on the current connection. */
  readonly usable: boolean;
  /** Why the connection is unusable: the server's or system's message; null while it is usable or not yet known. */
  readonly problem: string | null;
  /** Rejects at once while the connection is not usable: nothing is queued and nothing is sent twice. */
  readonly send: Send;
  /** Call it only while the connection is usable. */
  readonly request: Request;
  /** Resolves when the connection becomes usable, or is closed for good. */
  whenUsable: () => Promise<void>;
  /** Drops the connection and opens another. For a connection that is open but does not respond. */
  reconnect: () => void;
  close: () => void;
};

export type ConnectionOptions = {
  source: RedisSource;
  name: string;
  deadlines: Deadlines;
  /** Timeout of `send`. Omit it for connections that block. */
  commandTimeoutMs?: number;
  /** Runs on each new connection before anything else may use it. If it rejects, another connection is opened. */
  prepare: (send: Send) => Promise<void>;
};

const handshakeMs = 2000;
const minRetryMs = 50;
const maxRetryMs = 1000;
/** Backoff for a server that refuses commands, such as a demoted primary. */
const minRefusedMs = 500;
const maxRefusedMs = 5000;

class NotConnected extends Error {
  override readonly name = "NotConnected";
}

export function runScript(
  send: Send,
  script: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  return send(script.name, (redis) => evalScript(redis, script, keys, args));
}

/** The client's own `commandTimeout` sets a timer per command; here all commands share one. */
function requestsOver(redis: Redis, connection: string, deadlines: Deadlines): Request {
  return (command, timeoutMs, send, { onReply, onError, sharedWith }) => {
    const startedAtMs = performance.now();
    let ended = false;
    const end = (ok: boolean): void => {
      ended = true;
      if (deadline !== undefined) deadlines.clear(deadline);
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
      onError(error);
    };
    const deadline =
      timeoutMs < Number.POSITIVE_INFINITY
        ? deadlines.set(startedAtMs + timeoutMs, () => fail(new TimeoutError(timeoutMs)))
        : undefined;
    let sent: ReturnType<typeof send>;
    try {
      sent = send(redis);
    } catch (error) {
      sent = Promise.reject(error);
    }
    sent.then((reply) => {
      if (ended) return;
      end(true);
      onReply(reply);
    }, fail);
  };
}

/** The wait before the next attempt: `attempts` connections failed, `refusals` were opened and refused. */
function backoffMs(attempts: number, refusals: number): number {
  const connectMs = Math.min(minRetryMs * 2 ** Math.min(attempts, 5), maxRetryMs);
  const refusedMs = refusals === 0 ? 0 : Math.min(minRefusedMs * 2 ** Math.min(refusals - 1, 5), maxRefusedMs);
  return Math.max(connectMs, refusedMs) * (0.75 + Math.random() / 2);
}

function openRedis({ source, name }: ConnectionOptions, refusals: () => number): Redis {
  const options: RedisOptions = {
    connectionName: name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: handshakeMs,
    retryStrategy: (attempt) => backoffMs(attempt, refusals()),
    reconnectOnError: refusesWork,
  };
  if ("connect" in source) return source.connect(options);
  const sentinels = readSentinelUrl(source.url);
  return sentinels === null ? new Redis(source.url, options) : new Redis({ ...options, ...sentinels });
}

/** Opens a connection that reopens itself until it is closed. Never throws for an unreachable server. */
export function openConnection(options: ConnectionOptions): Connection {
  // The client's own work, such as reconnecting, runs in the scope that it was created in.
  let refusals = 0;
  const redis = runOutsideScope(() => openRedis(options, () => refusals));
  const { commandTimeoutMs = Number.POSITIVE_INFINITY } = options;
  const request = requestsOver(redis, options.name, options.deadlines);
  const send: Send = (command, work) =>
    new Promise((onReply, onError) => request(command, commandTimeoutMs, work, { onReply, onError }));
  let session = 0;
  let usable = false;
  let problem: string | null = null;
  let closed = false;
  let guard: NodeJS.Timeout | undefined;
  let waiting: (() => void)[] = [];

  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const note = (error: unknown): void => {
    const words = error instanceof Error ? error.message : String(error);
    // The client's errors for aborted commands explain nothing.
    if (problem === null || !/^Connection is closed|^Stream isn't writeable/u.test(words)) problem = words;
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
      problem = null;
      refusals = 0;
      clearTimeout(guard);
      wake();
    } catch (error) {
      if (closed) return;
      note(error);
      // Only a refusal makes the next attempts rarer. After a lost session or a slow one, invalidations wait for each of them.
      if (error instanceof Error && refusesWork(error)) refusals += 1;
      // `reconnectOnError` dropped this session, or it was lost: the client reconnects automatically.
      if (own === session) retryIn(Math.max(minRefusedMs, backoffMs(0, refusals)));
    }
  };

  // Each failure reaches the sender of the command; ioredis reconnects automatically.
  redis.on("error", note);
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
    get problem() {
      return usable ? null : problem;
    },
    send: (command, work) =>
      usable ? send(command, work) : Promise.reject(new NotConnected(`${options.name} has no connection.`)),
    request,
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

/** The requests that one command is sent for. */
export type Requesters = { readonly scopes: Scope[] };

/** The current scope; undefined when nothing listens to requests. */
export function listeningScope(): Scope | undefined {
  return channels.request.hasSubscribers ? currentScope() : undefined;
}

/** Adds the current request. */
export function addRequester({ scopes }: Requesters): void {
  const scope = listeningScope();
  // A request that reads several keys is added once.
  if (scope !== undefined && scopes.at(-1) !== scope) scopes.push(scope);
}

/** All requests, including the one in whose async context the command is sent; undefined for a single request. */
export function scopesOf({ scopes }: Requesters): readonly Scope[] | undefined {
  return scopes.length > 1 ? scopes : undefined;
}
