import type { SlotVersion } from "./archive";
import type { SlotSummaries } from "./slot-source";

/** A tier is one width of slots with the time they are kept. */
export type Tier = { readonly name: "5s" | "1m"; readonly widthMs: number; readonly keepMs: number };

/** Slots of each node in Redis. */
export const fineTier: Tier = { name: "5s", widthMs: 5_000, keepMs: 15 * 60_000 };
/** Its width is a whole multiple of the fine one, so that a coarse slot is a sum of fine ones. */
export const coarseTier: Tier = { name: "1m", widthMs: 60_000, keepMs: 3 * 3_600_000 };

export const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How long what is kept. Minutes are kept twice: by node in Redis, merged over all nodes in Postgres. */
export type Retention = {
  /** 5 s slots of each node; not to be chosen. */
  fineMs: number;
  nodeMinutesMs: number;
  minutesMs: number;
  hoursMs: number;
};

export type ChosenRetention = { redisMinutes?: number; minuteDays?: number; hourDays?: number };

/** Times that are left out are the usual ones: 3 hours, 7 and 90 days. */
export function retentionOf(chosen: ChosenRetention = {}): Retention {
  const { redisMinutes = 180, minuteDays = 7, hourDays = 90 } = chosen;
  return {
    fineMs: fineTier.keepMs,
    nodeMinutesMs: redisMinutes * 60_000,
    minutesMs: minuteDays * dayMs,
    hoursMs: hourDays * dayMs,
  };
}

/** The most that one slot of a node may take in Redis. */
export type SlotBytes = { fine: number; coarse: number };

/** What one node may take in Redis, by tier, divided among the slots that are kept. */
export function slotBytes(
  chosen: { fineBytes?: number; minuteBytes?: number } = {},
  retention: Retention = retentionOf(),
): SlotBytes {
  const { fineBytes = 33_554_432, minuteBytes = 67_108_864 } = chosen;
  // One slot more than are kept: each outlives the range by up to two widths.
  const among = (bytes: number, keepMs: number, { widthMs }: Tier): number =>
    Math.floor(bytes / (keepMs / widthMs + 2));
  return {
    fine: among(fineBytes, retention.fineMs, fineTier),
    coarse: among(minuteBytes, retention.nodeMinutesMs, coarseTier),
  };
}

/** How long the statements' texts outlive the last node that named them: as long as any slot can, and an hour. */
export const textsKeepMs = dayMs;

/** Begin of the slot that holds `atMs`. */
export function slotStart(tier: Pick<Tier, "widthMs">, atMs: number): number {
  return Math.floor(atMs / tier.widthMs) * tier.widthMs;
}

/** The Redis hash of one slot: per process a field with what it counted so far, and one with its summary. */
export function slotKey(keyPrefix: string, tier: Tier, startMs: number): string {
  return `${keyPrefix}telemetry:${tier.name}:${startMs}`;
}

/** When a slot may be forgotten: `keepMs` after its end, and one width later so that the oldest one asked for is whole. */
export function slotExpiry(tier: Tier, startMs: number, keepMs = tier.keepMs): number {
  return startMs + 2 * tier.widthMs + keepMs;
}

/** The Redis string with the statements' texts of one node, as JSON. */
export function textsKey(keyPrefix: string, nodeId: string): string {
  return `${keyPrefix}telemetry:texts:${nodeId}`;
}

/** One field per process, so that a node that restarts within a slot does not overwrite what it counted before. */
export function slotField(nodeId: string, incarnation: string): string {
  return `${nodeId}#${incarnation}`;
}

const summarySuffix = "~";

/** The field of the summary that belongs to a field with a blob. */
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

/** How much is in a minute or hour. */
export type Amount = Pick<SlotVersion, "messages" | "reports">;

/** True when one holds more than the other: more messages, then more reports. Rows give way by this order. */
export function isMore(mine: Amount, its: Amount | undefined): boolean {
  if (its === undefined) return true;
  return mine.messages > its.messages || (mine.messages === its.messages && mine.reports > its.reports);
}

/** What the nodes say of a slot, together. */
export function amountOf({ summaries }: SlotSummaries): Amount {
  const messages = summaries.reduce((sum, { head }) => sum + head.header.recorded + head.header.dropped, 0);
  return { messages, reports: summaries.length };
}
