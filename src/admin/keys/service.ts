import type { Cache, Coverage, EntryStatus, KeyDetail } from "@weir/cache";
import type { Db, Tx } from "@weir/postgres";
import type {
  CacheCoverage,
  CacheGroupsInspection,
  CacheKeyInput,
  CacheKeyInspection,
  CacheKeysInput,
  CacheKeysPage,
  CacheReason,
  CacheTagsInspection,
  CacheValueHidden,
  HotKeys,
  HotKeysInput,
} from "./contract";

export type InspectionService = ReturnType<typeof createInspectionService>;

export type InspectionOptions = {
  cache: Cache<Db, Tx>;
  /** Whether values can be viewed at all. */
  showsValues: boolean;
  /** Monotonic, in ms. */
  now?: () => number;
};

const sharedForMs = 5000;

const iso = (atMs: number): string => new Date(atMs).toISOString();
const isoOrNull = (atMs: number | null): string | null => (atMs === null ? null : iso(atMs));
const toCoverage = ({ scanned, total, isComplete }: Coverage): CacheCoverage => ({ scanned, total, isComplete });
const toReasons = ({ reasons }: EntryStatus): CacheReason[] => reasons.map((reason) => ({ ...reason }));

/** Runs `work` at most once per `sharedForMs` for any number of callers; a failure is shared by its waiters. */
function shared<Answer>(work: () => Promise<Answer>, now: () => number): () => Promise<Answer> {
  let last: { sinceMs: number; answer: Promise<Answer> } | undefined;
  return () => {
    const nowMs = now();
    if (last !== undefined && nowMs - last.sinceMs < sharedForMs) return last.answer;
    const mine = { sinceMs: nowMs, answer: work() };
    last = mine;
    mine.answer.catch(() => {
      if (last === mine) last = undefined;
    });
    return mine.answer;
  };
}

function toStored(stored: KeyDetail["stored"]): CacheKeyInspection["stored"] {
  if (stored === null) return null;
  const { freshUntilMs, usableUntilMs, marks, ...rest } = stored;
  return {
    ...rest,
    reasons: toReasons(stored),
    freshUntil: iso(freshUntilMs),
    usableUntil: iso(usableUntilMs),
    marks: marks.map((mark) => ({ ...mark })),
  };
}

/** Inspects the cache for the dashboard. Throws WeirError CACHE_UNAVAILABLE if its Redis does not respond. */
export function createInspectionService({ cache, showsValues, now = () => performance.now() }: InspectionOptions) {
  const { inspect } = cache;

  const groups = shared(async (): Promise<CacheGroupsInspection> => {
    const [look, server] = await Promise.all([inspect.groups(), inspect.server()]);
    return {
      server: { ...server },
      groups: look.groups.map(({ invalidatedAtMs, ...group }) => ({
        ...group,
        invalidatedAt: isoOrNull(invalidatedAtMs),
      })),
      isExact: look.isExact,
      coverage: toCoverage(look),
    };
  }, now);

  const tags = shared(async (): Promise<CacheTagsInspection> => {
    const look = await inspect.tags();
    return {
      families: look.families.map(({ invalidatedAtMs, busiest, ...family }) => ({
        ...family,
        invalidatedAt: isoOrNull(invalidatedAtMs),
        busiest: busiest.map(({ tag, entries, invalidatedAtMs: atMs }) => ({
          tag,
          entries,
          invalidatedAt: isoOrNull(atMs),
        })),
      })),
      isExact: look.isExact,
      coverage: toCoverage(look),
    };
  }, now);

  return {
    groups,
    tags,

    keys: async ({ prefix, cursor, limit }: CacheKeysInput, signal?: AbortSignal): Promise<CacheKeysPage> => {
      const request = { prefix, limit, ...(cursor === null || cursor === undefined ? {} : { cursor }) };
      const page = await inspect.keys(request, signal === undefined ? {} : { signal });
      return {
        keys: page.keys.map((look) => ({ ...look, reasons: toReasons(look) })),
        nextCursor: page.nextCursor,
        coverage: toCoverage(page),
      };
    },

    /** @throws WeirError CACHE_GROUP_UNKNOWN */
    key: async ({ group, key, withValue }: CacheKeyInput): Promise<CacheKeyInspection> => {
      const { stored, memory, value, ...look } = await inspect.key({ group, key, value: withValue && showsValues });
      const why: CacheValueHidden = !withValue
        ? "notAsked"
        : look.isHidden
          ? "sensitive"
          : showsValues
            ? "absent"
            : "switchedOff";
      return {
        ...look,
        stored: toStored(stored),
        memory: memory && { ...memory, reasons: toReasons(memory) },
        value: value === undefined ? { json: null, isCut: false, why } : { ...value, why: null },
      };
    },

    hotKeys: async ({ limit }: HotKeysInput): Promise<HotKeys> => {
      const { keys, ...look } = await inspect.hotKeys(limit);
      return { ...look, keys: keys.map((key) => ({ ...key })) };
    },
  };
}
