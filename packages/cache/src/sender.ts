import type { Attach } from "./attach";
import { type Connection, runScript } from "./connection";
import type { Invalidation } from "./fence";
import type { Mode } from "./marks";
import type { KeyNames } from "./names";
import { invalidateScript } from "./scripts";
import { settleWithin } from "./settle-within";

export type Order = { readonly mode: Mode; readonly all: boolean; readonly marks: readonly string[] };

/** Has Redis carry out an invalidation. Rejects when Redis did not confirm it in time; it may have happened even so. */
export type SendInvalidation = (order: Order) => Promise<Invalidation>;

export type SenderOptions = {
  connection: Connection;
  attach: Attach;
  keys: KeyNames;
  instance: string;
  logLength: number;
  mostMarks: number;
  budgetMs: number;
};

function readReply(reply: unknown, order: Order): Invalidation | null {
  if (!Array.isArray(reply)) return null;
  const [incarnation, epoch]: unknown[] = reply;
  return typeof incarnation === "string" ? { ...order, incarnation, epoch: Number(epoch) } : null;
}

export function createSender(options: SenderOptions): SendInvalidation {
  const { connection, attach, keys, instance, logLength, mostMarks, budgetMs } = options;

  const run = async (order: Order): Promise<Invalidation | null> => {
    const { mode, all, marks } = order;
    const reply = await runScript(
      connection.send,
      invalidateScript,
      [keys.clock, keys.marks, keys.log],
      [mode, all ? "1" : "0", JSON.stringify(marks), instance, logLength, mostMarks],
    );
    return readReply(reply, order);
  };
  const runOrRestore = async (order: Order): Promise<Invalidation> => {
    const done = await run(order);
    if (done !== null) return done;
    // The clock is gone: Redis was wiped. A new incarnation begins, and the invalidation belongs to it.
    await attach(connection.send, false);
    const second = await run(order);
    if (second === null) throw new Error("Redis lost its clock twice in a row.");
    return second;
  };
  return (order) => settleWithin(runOrRestore(order), budgetMs);
}
