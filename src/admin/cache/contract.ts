import { z } from "@/server/rpc/zod";

const mostAtOnce = 100;
const wordSchema = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !text.includes("\0"), "The character U+0000 is not allowed.");

const targetFields = {
  tags: z.array(wordSchema).min(1).max(mostAtOnce).optional(),
  keys: z
    .array(z.strictObject({ group: wordSchema, key: wordSchema }))
    .min(1)
    .max(mostAtOnce)
    .optional(),
  groups: z.array(wordSchema).min(1).max(mostAtOnce).optional(),
  all: z.literal(true).optional(),
};

type Target = { tags?: unknown; keys?: unknown; groups?: unknown; all?: unknown };
const namesSomething = ({ tags, keys, groups, all }: Target): boolean =>
  tags !== undefined || keys !== undefined || groups !== undefined || all !== undefined;
const sayWhat = "Say what: tags, keys, groups or all.";

export const cachePreviewInput = z.strictObject(targetFields).refine(namesSomething, sayWhat);
export const cacheInvalidateInput = z
  .strictObject({
    ...targetFields,
    /** `purge`: nothing older is ever served. `expire`: older values may be served while one reader refreshes. */
    mode: z.enum(["purge", "expire"]).default("purge"),
    /** `local`: the node that answers applied it. `fleet`: every live node did. */
    wait: z.enum(["local", "fleet"]).default("local"),
  })
  .refine(namesSomething, sayWhat);

export type CachePreviewInput = z.infer<typeof cachePreviewInput>;
export type CacheInvalidateInput = z.infer<typeof cacheInvalidateInput>;

/** What an invalidation would reach. */
export type CachePreview = {
  entries: number;
  /** False when the entries were counted within a budget, so that there may be more. */
  isExact: boolean;
  /** Most entries first. */
  byGroup: { group: string; entries: number }[];
  /** How many of the stored entries were looked at. */
  coverage: { scanned: number; total: number };
};

/** `queued`: Redis refused it, and it is applied as soon as Redis is back; `epoch` is null then. */
export type CacheInvalidated = { status: "applied"; epoch: number } | { status: "queued"; epoch: null };
