import { channels } from "@weir/core/channels";
import { type Origin, runInScope } from "@weir/core/scope";

function inOrigin(origin: Origin, work: () => void): void {
  runInScope({ request: { id: "test" }, origin, procedure: null, deadlineAtMs: null }, work);
}

/** Publishes procedure calls, one per duration. */
export function callAs(
  origin: Origin,
  procedure: string,
  durationsMs: readonly number[],
  errorCode: string | null = null,
): void {
  inOrigin(origin, () => {
    for (const durationMs of durationsMs) {
      channels.rpc.publish({ procedure, type: "query", durationMs, ok: errorCode === null, errorCode });
    }
  });
}

/** Publishes statements, one per duration. */
export function queryAs(origin: Origin, statement: string, durationsMs: readonly number[]): void {
  inOrigin(origin, () => {
    for (const durationMs of durationsMs) {
      const text = `select ${statement} where id = $1`;
      channels.sql.publish({ statement, text, waitMs: durationMs / 10, durationMs, rows: 3, ok: durationMs < 1_000 });
    }
  });
}

/** The complete metrics page. */
export async function pageOf({ prometheus }: { prometheus: () => AsyncIterable<string> }): Promise<string> {
  let page = "";
  for await (const piece of prometheus()) page += piece;
  return page;
}

type ReadEnding = Parameters<typeof channels.cache.publish>[0] & { type: "read" };

/** Publishes cache reads, `times` of each outcome. */
export function readAs(origin: Origin, group: string, times: number, ending: Partial<ReadEnding>): void {
  inOrigin(origin, () => {
    for (let index = 0; index < times; index += 1) {
      channels.cache.publish({
        type: "read",
        group,
        outcome: "hit",
        tier: "l1",
        durationMs: 0.02,
        loadMs: null,
        ...ending,
      });
    }
  });
}

/** Publishes loads, one per duration. */
export function loadAs(origin: Origin, group: string, durationsMs: readonly number[], ok = true): void {
  inOrigin(origin, () => {
    for (const durationMs of durationsMs) {
      channels.cache.publish({ type: "load", group, durationMs, ok, keys: 1, background: false });
    }
  });
}
