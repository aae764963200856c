import type { Redis } from "ioredis";
import { encodeParts, encodeSnapshot, encodeSummary } from "../store/snapshot-codec";
import { MetricSnapshot } from "../store/snapshot";
import { coarseTier, summaryField, slotField, slotKey } from "../store/tiers";

/** Start of the fleet's first minute. */
export const fleetStartMs = Date.UTC(2026, 0, 5, 12, 0);
export const fleetNodes = 20;
/** Procedures, statements and cache groups of each node. */
export const seriesPerKind = 100;
export const callsPerSeries = 40;

/** One minute of a node with three hundred busy series. */
function busySnapshot(seed: number): MetricSnapshot {
  const snapshot = new MetricSnapshot(1_000);
  for (let index = 0; index < seriesPerKind; index += 1) {
    for (let call = 0; call < callsPerSeries; call += 1) {
      const durationMs = 0.2 * 2 ** (((index * 7 + call * 13 + seed) % 64) / 8);
      const procedure = snapshot.tables.rpc.at("app", `feature${index}.procedure`);
      const counts = { cacheReads: 2, statements: 1, poolWaitMs: 0.1, sqlMs: 1 };
      procedure.record({ procedure: "p", type: "query", durationMs, ok: true, errorCode: null, bytes: 900, counts });
      const statement = { statement: "s", text: "select 1", waitMs: 0.1, durationMs, rows: 3, ok: true };
      snapshot.tables.sql.at("app", `feature${index}.statement`).record(statement, `feature${index}.procedure`);
      const read = { type: "read", group: "g", outcome: "hit", tier: "l1", durationMs, loadMs: null } as const;
      snapshot.tables.cache.at("app", `feature${index}.read`).record(read);
      snapshot.recorded += 3;
    }
  }
  return snapshot;
}

/** Stores this many minutes of each node. */
export async function fillFleet(redis: Redis, keyPrefix: string, minutes: number): Promise<void> {
  const writtenAtMs = fleetStartMs;
  for (let node = 0; node < fleetNodes; node += 1) {
    const snapshot = busySnapshot(node);
    const blob = encodeSnapshot(snapshot, { writtenAtMs, dropped: 0 });
    const summary = encodeSummary(encodeParts(snapshot, { writtenAtMs, dropped: 0 }), null);
    const pipeline = redis.pipeline();
    for (let minute = 0; minute < minutes; minute += 1) {
      const field = slotField(`n${node}`, "1");
      pipeline.hset(
        slotKey(keyPrefix, coarseTier, fleetStartMs + minute * coarseTier.widthMs),
        field,
        blob,
        summaryField(field),
        summary,
      );
    }
    await pipeline.exec();
  }
}
