import type { Cache, Touched } from "@weir/cache";
import type { Db, Tx } from "@weir/postgres";

/** The longest that a node trusts a session which it verified: what ends a session is waited for no longer than this. */
export const verifiedForMs = 800;

/** What was read just before the write may have become an answer this much later. */
const loadMs = 150;

/**
 * Runs a write that ends sessions or changes their rights, and resolves once no node honours what was: when every live
 * node has confirmed it, or after the time in which none trusts an older answer. The write itself is committed by then
 * whatever becomes of the confirmation.
 */
export type Revoke = <Result>(work: (tx: Tx, touched: Touched) => Promise<Result>) => Promise<Result>;

export function createRevoke({ db, cache }: { db: Db; cache: Cache<Db, Tx> }): Revoke {
  return async (work) => {
    const tags: string[] = [];
    const result = await cache.mutate(db, (tx, touched) =>
      work(tx, {
        ...touched,
        tags: (...more) => {
          tags.push(...more);
          touched.tags(...more);
        },
      }),
    );
    if (tags.length > 0) await settledEverywhere(cache, tags);
    return result;
  };
}

/** Resolves when the fleet has confirmed, or when what it verified before has grown too old to be trusted. */
async function settledEverywhere(cache: Cache<Db, Tx>, tags: readonly string[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooOld = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, verifiedForMs + loadMs);
  });
  const confirmed = cache.invalidate({ tags }, { wait: "fleet" }).then(
    () => undefined,
    // Redis is away or a node is silent: then time alone settles it.
    () => tooOld,
  );
  await Promise.race([confirmed, tooOld]);
  clearTimeout(timer);
}
