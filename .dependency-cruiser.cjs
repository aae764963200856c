/**
 * The house plan: one rule per wall of docs/architecture.md. Arrows point down.
 * Tests may look over any wall; `tests-are-leaves` keeps the product from following them.
 * `src/dev/walls.test.ts` plants one violation per rule.
 */
const test = "\\.test\\.tsx?$|/(testing|test-[^/]+)\\.tsx?$";
const doors = "^src/main\\.ts$|^src/(jobs|cli|lab|dev)/|^src/server/http/";
const feature = "^src/server/features/[^/]+/";
/** What the dashboard reads of telemetry. */
const observers = "insights|traces|plans";
const typesOnly = { dependencyTypesNot: ["type-only"] };

const list = (value) => (value === undefined ? [] : [value].flat());
const wall = (name, comment, from, to) => ({
  name,
  comment,
  severity: "error",
  from: { ...from, pathNot: [test, ...list(from.pathNot)] },
  to,
});

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    // 1. The ground.
    wall(
      "shared-is-the-ground",
      "shared is pure and runs anywhere: no package, no node module, no other room.",
      { path: "^src/shared/" },
      { path: ".", pathNot: "^src/shared/" },
    ),
    wall(
      "contracts-are-words",
      "Contracts are read by both sides of the wire: zod and shared only.",
      { path: "^src/contracts/" },
      { path: ".", pathNot: ["^src/(contracts|shared)/", "node_modules/zod/"] },
    ),

    // 2. The browser.
    wall(
      "client-knows-words-only",
      "What the browser imports is shipped to it. It knows contracts, shared and the type of the router.",
      { path: "^src/client/" },
      { path: "^src/", pathNot: ["^src/(client|contracts|shared)/", "^src/server/rpc/root\\.ts$"] },
    ),
    wall(
      "client-sees-the-type-of-the-router",
      "`import type`: the router's code would bring the server into the browser.",
      { path: "^src/client/" },
      { path: "^src/server/rpc/root\\.ts$", ...typesOnly },
    ),
    wall(
      "client-runs-in-the-browser",
      "The browser has no node modules.",
      { path: "^src/client/" },
      { dependencyTypes: ["core"] },
    ),

    // 3. The pages.
    wall(
      "app-knows-the-caller-only",
      "Pages mount things. What they need of the server they ask of the caller that the runtime pinned on globalThis.",
      { path: "^src/app/" },
      { path: "^src/", pathNot: ["^src/(app|client|contracts|shared)/", "^src/server/rpc/caller\\.ts$"] },
    ),
    wall(
      "app-sees-the-type-of-the-caller",
      "`import type`: Next bundles what a page imports, and every cache definition behind it would exist twice.",
      { path: "^src/app/" },
      { path: "^src/server/", ...typesOnly },
    ),
    wall("nobody-imports-app", "Pages are entry points.", { pathNot: "^src/app/" }, { path: "^src/app/" }),

    // 4. and 5. The features.
    wall(
      "features-have-roles",
      "A feature consists of router, service, queries, keys and import; code without one of these roles belongs to another room.",
      {},
      { path: "^src/server/features/", pathNot: [`${feature}(router|service|queries|keys|import)\\.ts$`, test] },
    ),
    wall(
      "router-is-thin",
      "A router parses and delegates: it knows its contract, the procedures and its service.",
      { path: "^src/server/features/([^/]+)/router\\.ts$" },
      {
        path: "^src/",
        pathNot: ["^src/(contracts|shared)/", "^src/server/rpc/", "^src/server/features/$1/service\\.ts$"],
      },
    ),
    wall(
      "services-receive-their-tools",
      "A service is handed db and cache; of them it imports types. So it runs against any of both, and a test can open its own.",
      { path: "^src/server/features/[^/]+/(router|service|keys)\\.ts$" },
      { path: "^src/server/(db/|cache/|runtime\\.ts$)", ...typesOnly },
    ),
    wall(
      "sql-lives-in-queries",
      "Statements stand in one file per feature, where they can be prepared, named and read together.",
      { path: "^src/", pathNot: ["^src/server/db/", `${feature}(queries|import)\\.ts$`] },
      { path: ["^src/server/db/schema/", "node_modules/drizzle-orm/"], ...typesOnly },
    ),
    wall(
      "drivers-stay-in-their-engines",
      "Sockets are opened by two engines and the runtime, so that all of them are bounded, observed and closed; and by dev, which asks the servers that it started whether they answer.",
      { path: "^src/", pathNot: ["^src/server/(runtime\\.ts$|db/|cache/)", "^src/dev/"] },
      { path: "node_modules/(postgres|ioredis)/", ...typesOnly },
    ),
    wall(
      "engines-start-in-the-runtime",
      "The runtime opens the database and the cache once per process; whoever else needs them is handed them.",
      { path: "^src/server/", pathNot: ["^src/server/(runtime\\.ts$|db/|cache/|features/)"] },
      { path: "^src/server/(db|cache)/", ...typesOnly },
    ),
    wall(
      "features-meet-at-the-service",
      "Another feature is reached through its service: what lies behind it may change.",
      { path: "^src/server/features/([^/]+)/" },
      { path: "^src/server/features/[^/]+/", pathNot: ["^src/server/features/$1/", "/service\\.ts$"] },
    ),

    // 6. The engines.
    wall(
      "cache-and-db-are-strangers",
      "Each works by itself. What the cache needs of Postgres is a port that it owns; db implements it (types only) and the runtime wires it.",
      { path: "^src/server/(cache|db)/" },
      {
        path: "^src/(?!shared/|contracts/)",
        pathNot: ["^src/server/$1/", "^src/server/(channels|scope)\\.ts$", "^src/server/cache/types\\.ts$"],
      },
    ),
    wall(
      "db-takes-the-shape-of-the-port",
      "db implements the cache's port and takes nothing but its type.",
      { path: "^src/server/db/" },
      { path: "^src/server/cache/", ...typesOnly },
    ),

    // 7. Telemetry.
    wall(
      "telemetry-listens",
      "Telemetry hears channels and calls nobody: observing never changes what is observed.",
      { path: "^src/server/telemetry/" },
      {
        path: "^src/(?!shared/|contracts/)",
        pathNot: ["^src/server/telemetry/", "^src/server/(channels|scope)\\.ts$"],
      },
    ),
    wall(
      "nobody-calls-telemetry",
      "Boot attaches it, the features of the dashboard read it, figures make rows of what they read, otel exports it, jobs roll it up. Nobody else knows it.",
      {
        path: "^src/",
        pathNot: [
          "^src/server/telemetry/",
          "^src/main\\.ts$",
          "^src/server/runtime\\.ts$",
          `^src/server/features/(${observers})/`,
          "^src/server/(figures|otel)/",
          "^src/jobs/",
        ],
      },
      { path: "^src/server/telemetry/" },
    ),
    wall(
      "insights-read-the-read-model",
      "A dashboard that read a recorder's memory would show one node as if it were the fleet.",
      { path: `^src/server/features/(${observers})/` },
      { path: "^src/server/telemetry/", pathNot: "^src/server/telemetry/(traces/)?read\\.ts$" },
    ),
    wall(
      "figures-take-shapes",
      "Figures are handed what was read; of telemetry they know the read model and the types behind it.",
      { path: "^src/server/figures/" },
      { path: "^src/server/telemetry/", pathNot: "^src/server/telemetry/read\\.ts$", ...typesOnly },
    ),
    wall(
      "figures-are-pure",
      "Making rows of what was read is arithmetic: without tools and packages every rule of it is tested without a store.",
      { path: "^src/server/figures/" },
      {
        path: ".",
        pathNot: ["^src/(contracts|shared)/", "^src/server/(figures|telemetry)/", "^src/server/scope\\.ts$"],
      },
    ),
    wall(
      "plans-receive-their-sources",
      "Plans and advice are worked out from what they are handed: statements, statistics, a way to explain. Nothing of it asks by itself.",
      { path: "^src/server/plans/" },
      {
        path: "^src/(?!shared/|contracts/)",
        pathNot: ["^src/server/(plans|db)/", "^src/server/scope\\.ts$"],
      },
    ),
    wall(
      "plans-answer-their-feature",
      "Whoever wants a plan asks the feature, which says who may and writes down what changes something.",
      { path: "^src/", pathNot: "^src/server/(plans|features/plans)/" },
      { path: "^src/server/plans/" },
    ),
    wall(
      "live-carries-anything",
      "Subscriptions carry the states of any feature: a room that knew one of them, or where its states come from, would carry no other.",
      { path: "^src/server/live/" },
      { path: "^src/(?!shared/|contracts/)", pathNot: ["^src/server/live/", "^src/server/scope\\.ts$"] },
    ),
    wall(
      "log-hears-channels",
      "The log writes what it hears and what boot tells it. A room that reached for the cache to log it would change what it logs.",
      { path: "^src/server/log/" },
      { path: "^src/(?!shared/|contracts/)", pathNot: ["^src/server/log/", "^src/server/(channels|scope)\\.ts$"] },
    ),
    wall(
      "otel-exports-what-telemetry-has",
      "The exporter passes on what telemetry counted and traced, so that both tell the same story.",
      { path: "^src/server/otel/" },
      {
        path: "^src/(?!shared/|contracts/)",
        pathNot: ["^src/server/(otel|telemetry)/", "^src/server/(channels|scope)\\.ts$"],
      },
    ),
    wall(
      "boot-opens-log-and-otel",
      "Whoever has something to tell publishes it. Boot opens the log, and the exporter when the environment asks for one; its SDK is not even loaded otherwise.",
      { path: "^src/", pathNot: ["^src/main\\.ts$", "^src/server/(log|otel)/"] },
      { path: "^src/server/(log|otel)/", ...typesOnly },
    ),
    wall(
      "sdks-stay-in-their-rooms",
      "pino is known to the log and OpenTelemetry to the exporter: either can be replaced there.",
      { path: "^src/", pathNot: "^src/server/(log|otel)/" },
      { path: "node_modules/(pino|pino-pretty|@opentelemetry)/" },
    ),

    // 9. The doors.
    wall(
      "nobody-imports-a-door",
      "A door starts processes, listens or ends them; importing one would do so unasked.",
      { path: "^src/", pathNot: doors.split("|") },
      { path: doors },
    ),
    wall(
      "main-opens-every-door",
      "Only boot may start another door; doors do not know each other. What running services left on disk is there to be read.",
      { path: "^src/(jobs|cli|lab|dev|server/http)/" },
      { path: doors, pathNot: ["^src/$1/", "^src/dev/services-state\\.ts$"] },
    ),
    wall(
      "threads-are-pure",
      "The body of a worker thread gets data and returns data.",
      { path: "^src/threads/" },
      { path: "^src/", pathNot: "^src/(threads|shared)/" },
    ),
    wall(
      "lab-knocks-from-outside",
      "The lab measures what a client would see: over HTTP, sharing only words.",
      { path: "^src/lab/" },
      { path: "^src/", pathNot: "^src/(lab|contracts|shared)/" },
    ),

    // 10. The whole.
    wall("no-cycles", "A cycle has no top and no bottom: move what both need downwards.", {}, { circular: true }),
    wall(
      "no-orphans",
      "A file nobody opens is a file to delete.",
      { orphan: true, path: "^src/", pathNot: ["^src/app/", "\\.d\\.ts$"] },
      {},
    ),
    wall(
      "tests-are-leaves",
      "The product never imports a test or what tests are made of.",
      { path: "^src/" },
      { path: [test, "node_modules/(vitest|fast-check)/"] },
    ),
    wall(
      "no-junk-drawers",
      "utils, helpers, common and misc say nothing; name the file after the one thing it holds.",
      {},
      { path: "/(utils?|helpers?|common|misc)(/|\\.)", pathNot: "node_modules" },
    ),
    wall(
      "every-import-resolves",
      "An import that leads nowhere would pass every other wall.",
      {},
      { couldNotResolve: true },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { conditionNames: ["import", "node", "default", "types"], exportsFields: ["exports"] },
    moduleSystems: ["es6", "cjs"],
  },
};
