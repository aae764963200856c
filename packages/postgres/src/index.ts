export { withoutIndexes } from "./bulk-load";
export type { CopyIn, CopyValue } from "./connection/copy";
export { detectPooling, type PoolerChoice } from "./connection/pooling";
export { ownSession, type Pooling } from "./connection/settings";
export { createServerProbe, type ServerProbe, type ServerReading } from "./connection/probe";
export { createDatabase, type Database, type DatabaseOptions, type TransactionTools } from "./database";
export type { PoolLoad, PoolStats } from "./gate/pool";
export { explainRefusal } from "./connection/refusal";
export { examineServer, type ServerReport } from "./examine";
export { inspectMigrations, migrateDatabase, type MigrateOptions, type MigrationState } from "./migrate";
export { type KeysetPage, prepareKeyset } from "./keyset";
export {
  createOutboxListener,
  type ListenerState,
  type OutboxListener,
  type OutboxListenerOptions,
} from "./outbox/listener";
export { createOutbox, type Outbox, type OutboxStatus } from "./outbox/outbox";
export {
  createTouchChecks,
  dropTouchTriggerSql,
  findTouchProblems,
  type FoundTouch,
  readTouchTriggers,
  touchArguments,
  type TouchChecks,
  type TouchTag,
  type TouchTrigger,
  touchTriggerSql,
} from "./outbox/touch";
export { type Db, type DbOrTx, prepared, type Tx } from "./session";
export type { Explain, Explained } from "./statements/explain";
export type { SampleMode } from "./statements/parameter-samples";
export { type IndexMeasurement, type MeasuredList, measureIndexes } from "./tables/measure-indexes";
export {
  readTable,
  readTableName,
  type TableColumn,
  type TableForeignKey,
  type TableIndex,
  type TableReport,
  type TableSearch,
} from "./tables/read-table";
export type { TransactionOptions } from "./transaction";
