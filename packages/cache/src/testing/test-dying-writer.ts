import { readFileSync } from "node:fs";
import { platformOutbox } from "@weir/postgres/schema";
import { sql } from "drizzle-orm";
import { createDatabase, createOutbox, type Db, type Tx } from "@weir/postgres";
import type { OutboxPort } from "../contract/types";
import { createCache } from "../create-cache";

// A writer in a process of its own that kills itself (SIGKILL) at one point of its mutation: right after the commit, before
// any part of the invalidation, or right before the commit. A DyingWriter as JSON is its standard input, which
// no other account can read.

export type DyingWriter = {
  redisUrl: string;
  databaseUrl: string;
  keyPrefix: string;
  /** The statement that it runs in its transaction. */
  statement: string;
  tag: string;
  dies: "after commit" | "before commit";
};

const { redisUrl, databaseUrl, keyPrefix, statement, tag, dies } = JSON.parse(readFileSync(0, "utf8")) as DyingWriter;

/** The signal takes effect before the call returns. */
const die = (): void => void process.kill(process.pid, "SIGKILL");

const database = createDatabase({ url: databaseUrl, max: 1 });
const inner = createOutbox(database, platformOutbox);
const outbox: OutboxPort<Db, Tx> = {
  ...inner,
  transact: async (...args) => {
    const committed = await inner.transact(...args);
    die();
    return committed;
  },
};
const cache = createCache<Db, Tx>({
  redis: { url: redisUrl },
  nodeId: "dying-writer",
  keyPrefix,
  outbox,
  // It must not sweep rows of other writers.
  timings: { sweepMs: 3_600_000 },
});
await cache.ready();
await cache.mutate(database.db, async (tx, touched) => {
  await tx.execute(sql.raw(statement));
  touched.tags(tag);
  if (dies === "before commit") die();
});
