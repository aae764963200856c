import type { Cache, Touched } from "@weir/cache";
import type { Db, Tx } from "@weir/postgres";

/** How long a node trusts a session that it has verified, and so the maximum wait after a session is ended. */
export const verifiedForMs = 800;

/** How much later a read that started just before the write may still produce a cached session. */
const loadMs = 150;

/**
 * Runs a write that ends sessions or changes their permissions, and resolves once no node honours the previous state:
 * when every live node has confirmed the write, or when every earlier verification has expired. The write is committed
 * either way.
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

/** Resolves when the fleet has confirmed, or when every earlier verification has expired. */
async function settledEverywhere(cache: Cache<Db, Tx>, tags: readonly string[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooOld = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, verifiedForMs + loadMs);
  });
  const confirmed = cache.invalidate({ tags }, { wait: "fleet" }).then(
    () => undefined,
    // Redis is unreachable or a node is silent: wait for the verifications to expire.
    () => tooOld,
  );
  await Promise.race([confirmed, tooOld]);
  clearTimeout(timer);
}
