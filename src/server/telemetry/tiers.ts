/** A tier is one width of slots with the time they are kept. */
export type Tier = { readonly name: string; readonly widthMs: number; readonly keepMs: number };

export const fineTier: Tier = { name: "5s", widthMs: 5_000, keepMs: 15 * 60_000 };
/** Its width is a whole multiple of the fine one, so that a coarse slot is a sum of fine ones. */
export const coarseTier: Tier = { name: "1m", widthMs: 60_000, keepMs: 24 * 3_600_000 };
export const tiers = [fineTier, coarseTier] as const;

/** How long the statements' texts outlive the last node that named them: as long as any slot can, and an hour. */
export const textsKeepMs = coarseTier.keepMs + 3_600_000;

/** Begin of the slot that holds `atMs`. */
export function slotStart(tier: Tier, atMs: number): number {
  return Math.floor(atMs / tier.widthMs) * tier.widthMs;
}

/** The Redis hash of one slot: one field per process, its value what that process counted so far. */
export function slotKey(keyPrefix: string, tier: Tier, startMs: number): string {
  return `${keyPrefix}telemetry:${tier.name}:${startMs}`;
}

/** When a slot may be forgotten: `keepMs` after its end, and one width later so that the oldest one asked for is whole. */
export function slotExpiry(tier: Tier, startMs: number): number {
  return startMs + 2 * tier.widthMs + tier.keepMs;
}

/** The Redis string with the statements' texts of one node, as JSON. */
export function textsKey(keyPrefix: string, nodeId: string): string {
  return `${keyPrefix}telemetry:texts:${nodeId}`;
}

/** One field per process, so that a node that restarts within a slot does not overwrite what it counted before. */
export function slotField(nodeId: string, incarnation: string): string {
  return `${nodeId}#${incarnation}`;
}

export function nodeOfField(field: string): string {
  const end = field.lastIndexOf("#");
  return end === -1 ? field : field.slice(0, end);
}
