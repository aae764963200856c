import { defineErrors } from "@weir/core/errors";

/** The errors of the database client. */
export const DatabaseError = defineErrors({
  DATABASE_BUSY: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The database has too many waiting statements to answer in time. Try again shortly.",
    when: "The gate's queue is full, or the wait for a connection would pass the deadline of the call. The statement was not sent.",
    fix: "Retry with backoff. If it persists: fewer statements per call, a higher hit rate, or a larger `DATABASE_POOL_MAX`.",
  },
  DATABASE_TIMEOUT: {
    rpcCode: "GATEWAY_TIMEOUT",
    message: "The database did not respond in time.",
    when: "A statement ran past its limit or the deadline of the call. A write may have taken effect.",
    fix: "Read before you repeat a write. Look the statement up on the dashboard.",
  },
  DATABASE_UNAVAILABLE: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The database is unreachable.",
    when: "The connection failed or broke while the statement ran, or the server is read-only. A write may have taken effect.",
    fix: "Retry reads with backoff. Check `DATABASE_URL` and the server. After a failover, check that the URL points to the primary.",
  },
  DATABASE_UNSUITABLE: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "The database cannot be used.",
    when: "At startup, before anything is changed; never in a response. One line for each problem, with its fix.",
    fix: "Follow the fix in each line. `npm run weir -- doctor` prints the same.",
  },
  MIGRATION_FAILED: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "A migration failed. None of it was applied.",
    when: "At startup; never in a response. The message names the migration and what Postgres reported.",
    fix: "Fix the cause that it names: a missing privilege, a conflicting table, or the migration itself.",
  },
  MIGRATION_CHANGED: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "A migration was changed after it was applied. Restore its file and put the change in a new migration.",
    when: "At startup; never in a response. A migration file differs from the database's journal.",
    fix: "Restore the file. You can also recreate a development database.",
  },
  MIGRATION_PENDING: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "Migrations are pending, and MIGRATE=check does not apply them. Run npm run weir -- migrate first.",
    when: "At startup with `MIGRATE=check`; never in a response.",
    fix: "Run `npm run weir -- migrate` with a role that owns the tables.",
  },
});
