import type { DbOrTx } from "./session";

type Preparable<Statement> = { prepare: (name: string) => Statement };

/**
 * Prepares a statement under a name: Postgres parses and plans it once per connection, and telemetry shows it by this
 * name (`feature.read`). Placeholders are `sql.placeholder("…")`. Make it once, at creation, where it is on the hot path
 * (rule D3); within a transaction make it from the transaction.
 */
export function prepared<Statement>(
  db: DbOrTx,
  name: string,
  builder: (db: DbOrTx) => Preparable<Statement>,
): Statement {
  return builder(db).prepare(name);
}
