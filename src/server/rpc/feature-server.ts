import type { AnyTRPCRouter } from "@trpc/server";
import type { Cache } from "@weir/cache";
import type { Database, Db, TouchTrigger, Tx } from "@weir/postgres";
import type { ParseArgsConfig } from "node:util";
import type { AuditService } from "@/admin/audit/service";
import type { Role } from "@/server/auth/contract";
import type { Actor } from "@/server/auth/session";
import type { StreamLimit } from "@/server/live/streams";

export type { Actor };

/** Routers by the first part of their procedures' paths. */
export type FeatureRouters = Readonly<Record<string, AnyTRPCRouter>>;

/** What a feature receives. It opens no connections of its own. */
export type FeatureTools = {
  db: Db;
  database: Database;
  cache: Cache<Db, Tx>;
  /**
   * Writes an audit event. Call it in the transaction of each write: role and session of the actor are checked there once
   * more, and hold until the commit.
   */
  audit: Pick<AuditService, "record">;
};

export type Progress = { update: (done: number, total: number) => void; end: () => void };

/** What a hook or a command receives: the tools, and the feature's service. */
export type FeatureSession<Service> = FeatureTools & {
  service: Service;
  /** Whether a start hook may import the data that the feature brings along. */
  seeds: boolean;
  /** Shows a progress bar on a terminal, lines elsewhere. */
  showProgress: (label: string) => Progress;
};

/** The parsed arguments of a command: `parseArgs` of its options. */
export type Invocation = {
  positionals: readonly string[];
  values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
};

/** What a command prints: text, or data for `--json`. */
export type CommandResult = { text: string; data: unknown };

/** `npm run weir -- <name>`. */
export type FeatureCommand<Service> = {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What `--help` prints. */
  usage: string;
  options: NonNullable<ParseArgsConfig["options"]>;
  /** `open` connects to the running services; a command that does not call it needs none. `actor` is the command line. */
  run: (invocation: Invocation, open: () => Promise<FeatureSession<Service>>, actor: Actor) => Promise<CommandResult>;
};

/**
 * One line of `npm run weir -- doctor`. Resolves with a finding; rejects with an error that says what is wrong and how
 * to fix it.
 */
export type FeatureCheck<Service> = { name: string; run: (service: Service) => Promise<string> };

/** A kind of call that clients make of a public query, for `npm run weir -- traffic`. */
export type SampleCall = {
  /** A query that `access` opens to everyone. */
  procedure: string;
  /** How often, relative to the other samples. */
  weight: number;
  /** The input of one call; undefined for a query without one. `random` is 0 to 1, as of Math.random. */
  input: (random: () => number) => unknown;
};

export type FeatureServer<Service, Routers extends FeatureRouters> = {
  /** Makes the service and the routers over it; a router's key is the first part of its procedures' paths. */
  open: (tools: FeatureTools) => { service: Service; routers: Routers };
  /**
   * Every procedure with the lowest role that may call it. A second entry beside the builder of each procedure, on
   * purpose: a test compares the two, so that a wrong builder leaves nothing open.
   */
  access: Readonly<Record<string, Role | "everyone">>;
  /** The folder of its migrations, relative to the repository root; absent for a feature without tables. */
  migrations?: string;
  /**
   * The triggers by which other programs invalidate what it caches about tables that it does not migrate. The owner of a
   * table applies `touchTriggerSql`; `weir doctor` compares.
   */
  touchTriggers?: readonly TouchTrigger[];
  /**
   * A folder of migrations that makes empty copies of the tables that it reads and another program owns. Only databases
   * of tests get them; the tables themselves are never migrated.
   */
  copies?: string;
  /** How many streams of each kind may be open (rule S3). */
  streams?: Readonly<Record<string, StreamLimit>>;
  /** Runs at each start after the migrations and before anything is served. */
  start?: (session: FeatureSession<Service>) => Promise<void>;
  commands?: readonly FeatureCommand<Service>[];
  checks?: readonly FeatureCheck<Service>[];
  /** Realistic calls, for a dashboard that has no traffic to show yet. */
  samples?: readonly SampleCall[];
};

/** The server's half of a feature. Its other half is `feature.ts` (`defineFeature`). */
export function defineFeatureServer<Service, Routers extends FeatureRouters>(
  server: FeatureServer<Service, Routers>,
): FeatureServer<Service, Routers> {
  return server;
}

/** Any feature, with its service type erased. */
export type AnyFeatureServer = Omit<FeatureServer<unknown, FeatureRouters>, "start" | "commands" | "checks"> & {
  start?: (session: FeatureSession<never>) => Promise<void>;
  commands?: readonly FeatureCommand<never>[];
  checks?: readonly FeatureCheck<never>[];
};

/** Features by name. */
export type FeatureServers = Readonly<Record<string, AnyFeatureServer>>;

/** No features: the type that the platform works with. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- a list without features is the empty object.
export type NoFeatures = Readonly<Record<never, never>>;

/** The services of features by the features' names. */
export type ServicesOf<Servers extends FeatureServers> = {
  [Name in keyof Servers]: ReturnType<Servers[Name]["open"]>["service"];
};

type Intersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

type AsRecord<Routers> = Routers extends FeatureRouters ? Routers : never;

/** The routers of all features, as one record. */
export type RoutersOf<Servers extends FeatureServers> = [keyof Servers] extends [never]
  ? NoFeatures
  : AsRecord<Intersection<ReturnType<Servers[keyof Servers]["open"]>["routers"]>>;
