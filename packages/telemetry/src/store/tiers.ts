import type { SlotVersion } from "./archive";
import type { SlotSummaries } from "./slot-source";

/** A tier is a slot width with its retention. */
export type Tier = { readonly name: "5s" | "1m"; readonly widthMs: number; readonly keepMs: number };

/** Slots of each node in Redis. */
export const fineTier: Tier = { name: "5s", widthMs: 5_000, keepMs: 15 * 60_000 };
/** Its width is a multiple of the fine width, so that a coarse slot is a sum of fine ones. */
export const coarseTier: Tier = { name: "1m", widthMs: 60_000, keepMs: 3 * 3_600_000 };

export const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Retention times. Minutes are kept twice: by node in Redis, merged over all nodes in Postgres. */
export type Retention = {
  /** 5 s slots of each node; not configurable. */
  fineMs: number;
  nodeMinutesMs: number;
  minutesMs: number;
  hoursMs: number;
};

export type ChosenRetention = { redisMinutes?: number; minuteDays?: number; hourDays?: number };

/** Defaults: 3 hours, 7 days and 90 days. */
export function retentionOf(chosen: ChosenRetention = {}): Retention {
  const { redisMinutes = 180, minuteDays = 7, hourDays = 90 } = chosen;
  return {
    fineMs: fineTier.keepMs,
    nodeMinutesMs: redisMinutes * 60_000,
    minutesMs: minuteDays * dayMs,
    hoursMs: hourDays * dayMs,
  };
}

/** Maximum size of one node's slot in Redis. */
export type SlotBytes = { fine: number; coarse: number };

/** Divides the memory that one node may use in Redis, by tier, among the slots that are kept. */
export function slotBytes(
  chosen: { fineBytes?: number; minuteBytes?: number } = {},
  retention: Retention = retentionOf(),
): SlotBytes {
  const { fineBytes = 33_554_432, minuteBytes = 67_108_864 } = chosen;
  // One more slot than is kept: each slot outlives the range by up to two widths.
  const among = (bytes: number, keepMs: number, { widthMs }: Tier): number =>
    Math.floor(bytes / (keepMs / widthMs + 2));
  return {
    fine: among(fineBytes, retention.fineMs, fineTier),
    coarse: among(minuteBytes, retention.nodeMinutesMs, coarseTier),
  };
}

/** How long a node's statement texts are kept in Redis: as long as any slot can be, plus an hour. */
export const textsKeepMs = dayMs;

/** Start of the slot that contains `atMs`. */
export function slotStart(tier: Pick<Tier, "widthMs">, atMs: number): number {
  return Math.floor(atMs / tier.widthMs) * tier.widthMs;
}

/** The Redis hash of one slot: per process, a field with its counts and one with its summary. */
export function slotKey(keyPrefix: string, tier: Tier, startMs: number): string {
  return `${keyPrefix}telemetry:${tier.name}:${startMs}`;
}

/** When a slot expires: `keepMs` after its end, plus one width so that the oldest requested slot is complete. */
export function slotExpiry(tier: Tier, startMs: number, keepMs = tier.keepMs): number {
  return startMs + 2 * tier.widthMs + keepMs;
}

/** The Redis string with the statement texts of one node, as JSON. */
export function textsKey(keyPrefix: string, nodeId: string): string {
  return `${keyPrefix}telemetry:texts:${nodeId}`;
}

/** One field per process, so that a node that restarts within a slot does not overwrite its earlier counts. */
export function slotField(nodeId: string, incarnation: string): string {
  return `${nodeId}#${incarnation}`;
}

const summarySuffix = "~";

/** The summary field that belongs to a blob field. */
export function summaryField(field: string): string {
  return `${field}${summarySuffix}`;
}

export const anySummaryField = `*${summarySuffix}`;

export function isSummaryField(field: string): boolean {
  return field.endsWith(summarySuffix);
}

export function nodeOfField(field: string): string {
  const end = field.lastIndexOf("#");
  return end === -1 ? field : field.slice(0, end);
}

/** How much a minute or hour contains. */
export type Amount = Pick<SlotVersion, "messages" | "reports">;

/** True if one holds more than the other: more messages, then more reports. Rows are replaced by this order. */
export function isMore(mine: Amount, its: Amount | undefined): boolean {
  if (its === undefined) return true;
  return mine.messages > its.messages || (mine.messages === its.messages && mine.reports > its.reports);
}

/** The total of all nodes for a slot. */
export function amountOf({ summaries }: SlotSummaries): Amount {
  const messages = summaries.reduce((sum, { head }) => sum + head.header.recorded + head.header.dropped, 0);
  return { messages, reports: summaries.length };
}
