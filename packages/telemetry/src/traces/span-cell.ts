import type { SpanKind } from "./types";
import type {
  ResponseMessage,
  CacheLoadMessage,
  CacheReadMessage,
  CacheTier,
  RedisMessage,
  RpcMessage,
  SpanMessage,
  SqlMessage,
} from "@weir/core/channels";
import type { Scope } from "@weir/core/scope";

/** What is noted of a request while it lasts: the messages themselves. */
export type Noted =
  | CacheReadMessage
  | CacheLoadMessage
  | SqlMessage
  | RedisMessage
  | RpcMessage
  | ResponseMessage
  | SpanMessage;

/** One span of a request that is looked at closer. */
export type SpanCell = {
  readonly kind: SpanKind;
  readonly name: string;
  /** As `performance.now()`: when it was published, which is when it ended. */
  readonly endMs: number;
  readonly durationMs: number;
  readonly ok: boolean;
  /** In which it was published; null for what was published in somebody else's. */
  readonly scope: Scope | null;
  /** The outcome of a read, the code of an error, or the text of a statement. */
  readonly detail: string | null;
  readonly tier: CacheTier | null;
  /** Keys of a load, rows of a statement, bytes of an answer. */
  readonly amount: number;
  /** Requests that it was for. */
  readonly shared: number;
  readonly background: boolean;
  readonly parameters: readonly unknown[] | null;
};

const nothing = { ok: true, detail: null, tier: null, amount: 0, background: false, parameters: null };

/** The spans that a message tells of, those that ended first first. */
export function cellsOf(message: Noted, endMs: number, scope: Scope | null, shared: number): SpanCell[] {
  const common = { ...nothing, endMs, scope, shared };
  if ("statement" in message) {
    const { statement: name, text: detail, rows: amount, waitMs, durationMs, ok, parameters = null } = message;
    const cell: SpanCell = { ...common, kind: "statement", name, durationMs, ok, detail, amount, parameters };
    if (waitMs <= 0) return [cell];
    return [{ ...common, kind: "pool", name: "database", endMs: endMs - durationMs, durationMs: waitMs }, cell];
  }
  if ("connection" in message) {
    const { connection, command, durationMs, ok } = message;
    return [{ ...common, kind: "redis", name: `${connection} ${command}`, durationMs, ok }];
  }
  if ("errorCode" in message) {
    const { procedure: name, durationMs, ok, errorCode: detail } = message;
    return [{ ...common, kind: "procedure", name, durationMs, ok, detail }];
  }
  if ("outcome" in message) {
    const { group: name, outcome: detail, tier, durationMs } = message;
    return [{ ...common, kind: "cache", name, durationMs, ok: detail !== "error", detail, tier }];
  }
  if ("keys" in message) {
    const { group: name, durationMs, ok, keys: amount, background } = message;
    return [{ ...common, kind: "load", name, durationMs, ok, amount, background }];
  }
  if ("kind" in message) {
    const { kind, name, durationMs, ok } = message;
    return [{ ...common, kind, name, durationMs, ok }];
  }
  const { procedure: name, bytes: amount, durationMs } = message;
  return [{ ...common, kind: "serialise", name, durationMs: durationMs ?? 0, amount, scope: null }];
}
