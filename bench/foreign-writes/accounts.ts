import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { dropTouchTriggerSql, touchTriggerSql, type TouchTrigger } from "@weir/postgres";

/** The table of an application that knows nothing of Weir. */
const trigger: TouchTrigger = {
  schema: "bank",
  table: "accounts",
  family: "account",
  tags: [
    { family: "account", columns: ["id"] },
    { family: "account-branch", columns: ["branch"] },
    { family: "account-list", member: "all" },
  ],
};

export type Bank = {
  /** For a role that may write the table and has no rights on the schema `weir`. */
  readonly writerUrl: string;
  readonly owner: postgres.Sql;
  readonly attach: () => Promise<void>;
  readonly detach: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Makes the table with accounts from 0 to below `accounts`, and its role. */
export async function openBank(databaseUrl: string, accounts: number): Promise<Bank> {
  const role = `bank_${randomBytes(6).toString("hex")}`;
  const password = randomBytes(12).toString("hex");
  const owner = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  await owner.unsafe(`drop schema if exists bank cascade; create schema bank;
    create table bank.accounts (id int primary key, branch int not null, n int not null, filler text not null);
    insert into bank.accounts select id, id % 100, 0, repeat('x', 80) from generate_series(0, ${accounts - 1}) as id;
    create role ${role} login password '${password}'; grant usage on schema bank to ${role};
    grant select, insert, update, delete, truncate on bank.accounts to ${role}; analyze bank.accounts`);
  const url = new URL(databaseUrl);
  url.username = role;
  url.password = password;
  return {
    writerUrl: url.href,
    owner,
    attach: async () => void (await owner.unsafe(touchTriggerSql(trigger))),
    detach: async () => void (await owner.unsafe(dropTouchTriggerSql(trigger))),
    close: async () => {
      await owner.unsafe(`drop schema bank cascade; drop owned by ${role}; drop role ${role}`);
      await owner.end();
    },
  };
}
