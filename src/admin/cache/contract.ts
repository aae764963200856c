import { storedText, z } from "@/server/rpc/zod";

const maxTargets = 100;
const wordSchema = storedText(500).min(1);

const targetFields = {
  tags: z.array(wordSchema).min(1).max(maxTargets).optional(),
  keys: z
    .array(z.strictObject({ group: wordSchema, key: wordSchema }))
    .min(1)
    .max(maxTargets)
    .optional(),
  groups: z.array(wordSchema).min(1).max(maxTargets).optional(),
  all: z.literal(true).optional(),
};

type Target = { tags?: unknown; keys?: unknown; groups?: unknown; all?: unknown };
const namesSomething = ({ tags, keys, groups, all }: Target): boolean =>
  tags !== undefined || keys !== undefined || groups !== undefined || all !== undefined;
const targetRequired = "Name a target: tags, keys, groups or all.";

export const cachePreviewInput = z.strictObject(targetFields).refine(namesSomething, targetRequired);
export const cacheInvalidateInput = z
  .strictObject({
    ...targetFields,
    /** `purge`: older values are never served again. `expire`: older values may be served while one reader refreshes. */
    mode: z.enum(["purge", "expire"]).default("purge"),
    /** `local`: returns once the responding node has applied it. `fleet`: once every live node has. */
    wait: z.enum(["local", "fleet"]).default("local"),
  })
  .refine(namesSomething, targetRequired);

export type CachePreviewInput = z.infer<typeof cachePreviewInput>;
export type CacheInvalidateInput = z.infer<typeof cacheInvalidateInput>;

/** The effect of an invalidation. */
export type CachePreview = {
  entries: number;
  /** False if `entries` is an estimate from a sample. */
  isExact: boolean;
  /** Most entries first. */
  byGroup: { group: string; entries: number }[];
  /** How many of the stored entries were scanned. */
  coverage: { scanned: number; total: number };
};

/** `queued`: Redis is unavailable and the invalidation is applied once it is back; `epoch` is null then. */
export type CacheInvalidated = { status: "applied"; epoch: number } | { status: "queued"; epoch: null };
