export { withoutIndexes } from "./bulk-load";
export { createDatabase, type Database, type DatabaseOptions, type TransactionTools } from "./client";
export type { CopyIn, CopyValue } from "./copy";
export { migrateDatabase } from "./migrate";
export { createOutbox, type Outbox } from "./outbox";
export type { PoolStats } from "./pool";
export { prepared } from "./prepared";
export type { Db, DbOrTx, Tx } from "./session";
