import type { Redis } from "ioredis";
import type { Scope } from "@weir/core/scope";
import type { Breaker } from "./breaker";
import type { Connection } from "./connection";

/**
 * Asks Redis for the shared tier. `ended` is called once: with null when Redis is away, when the breaker is open, or when
 * it did not answer in time. Nothing waits in a queue.
 */
export type AskL2 = <Reply extends string | object>(
  command: string,
  withinMs: number,
  send: (redis: Redis) => Promise<Reply | null>,
  ended: (reply: Reply | null) => void,
  /** Whom it is sent for, where they are several; for telemetry. */
  sharedWith?: readonly Scope[],
) => void;

/** A Redis whose memory is full refuses to write and still answers reads: that is no reason to leave it alone. */
const isFull = (error: unknown): boolean => error instanceof Error && error.message.startsWith("OOM");

export function createL2Door(connection: Connection, breaker: Breaker): AskL2 {
  return (command, withinMs, send, ended, sharedWith) => {
    const permit = connection.usable ? breaker.permit() : null;
    if (permit === null) {
      ended(null);
      return;
    }
    connection.ask(command, withinMs, send, {
      answered: (reply) => {
        breaker.succeeded(permit);
        ended(reply);
      },
      failed: (error) => {
        if (isFull(error)) breaker.succeeded(permit);
        else if (breaker.failed(permit) && connection.usable) connection.reconnect();
        ended(null);
      },
      sharedWith,
    });
  };
}
