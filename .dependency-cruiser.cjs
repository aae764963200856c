/**
 * The dependency rule of docs/architecture.md: one wall per sentence. Tests may look over any wall but the first;
 * `tests-are-leaves` keeps the product from following them. `src/dev/walls.test.ts` plants one violation per wall.
 */
/** Tests, what they are made of, and benchmarks: they may look over any wall, and the product never imports them. */
const test = "\\.(test|e2e)\\.tsx?$|/(testing|test-[^/]+)\\.tsx?$|^src/features/[^/]+/bench/";
const typesOnly = { dependencyTypesNot: ["type-only"] };

/** The packages below each package, which are all that it may import of the house. */
const floors = {
  core: [],
  cache: ["core"],
  postgres: ["core"],
  "trpc-node": ["core", "cache"],
  telemetry: ["core", "postgres"],
  "query-advisor": ["core", "postgres"],
  client: ["core"],
  embedded: [],
  testkit: ["embedded"],
};
/** The modules of core that use Node's; all others run in browsers. */
const coreOfNode = "^packages/core/src/(channels|publish-redis|redis-script|scope)\\.ts$";
const browserPackages = ["^packages/client/", "^packages/telemetry/src/traces/types\\.ts$"];

/** What Next bundles. */
const bundled = [
  "^src/(app|ui)/",
  "^src/features/index\\.ts$",
  "^src/(features|admin)/[^/]+/(ui/|contract(\\.ts$|/))",
  "^src/features/[^/]+/(feature|errors|fold)\\.ts$",
  "^src/admin/((feature-)?pages\\.ts$|without-features\\.ts$|frame/)",
  "^src/server/(rpc/(feature|prefetch|zod)|live/contract|page-runtime)\\.ts$",
  "^src/server/auth/((contract|roles)\\.ts|password-rule\\.js)$",
];
/** Files that hold statements or tables. */
const statements = "/(queries|import|schema|[^/]+-schema)\\.ts$";
/** What features are made with: procedures, streams, feeds. The router of all features and its caller stand above them. */
const builders = [
  "^src/server/rpc/(?!(root|caller|prefetch)\\.ts$)",
  "^src/server/live/",
  "^src/server/usage-error\\.ts$",
];
/** Programs, and what only they need. */
const doors = "^src/(main\\.ts$|cli/|jobs/|dev/|server/http/)";

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
    // 1. Packages.
    {
      name: "packages-import-no-application",
      comment: "An engine is installed into other applications, its tests with it: move what both need into a package.",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^src/" },
    },
    ...Object.entries(floors).map(([name, below]) =>
      wall(
        `${name}-stands-on-${below.length === 0 ? "nothing" : below.join("-and-")}`,
        "A package imports the packages below it, which the table of floors lists. Cache and postgres are strangers: the outbox is a port that cache owns and postgres implements.",
        { path: `^packages/${name}/` },
        { path: "^packages/", pathNot: [name, ...below].map((known) => `^packages/${known}/`) },
      ),
    ),
    wall(
      "engines-are-handed-the-cache",
      "`import type`: an engine works on the cache that its application made.",
      { path: "^packages/(?!cache/)" },
      { path: "^packages/cache/", ...typesOnly },
    ),
    wall(
      "telemetry-hears-channels",
      "Telemetry hears channels and calls no engine: observing never changes what is observed. Its store alone writes to Postgres.",
      { path: "^packages/telemetry/", pathNot: "^packages/telemetry/src/store/" },
      { path: "^packages/postgres/", ...typesOnly },
    ),
    wall(
      "packages-are-entered-by-exports",
      "Import @weir/<package>, or a subpath that its package.json exports; export there what is missing.",
      { path: "^(?:src|packages/([^/]+))/" },
      { path: "^packages/", pathNot: "^packages/$1/", dependencyTypesNot: ["aliased-workspace", "undetermined"] },
    ),
    wall(
      "programs-start-services",
      "Postgres and Redis are started by a program: boot, the command line, the tools of dev.",
      { path: "^src/", pathNot: "^src/(main\\.ts$|cli/|dev/)" },
      { path: "^packages/embedded/" },
    ),
    wall(
      "testkit-is-for-tests",
      "What tests are made of is not installed in production.",
      { path: "^src/", pathNot: "^src/dev/" },
      { path: "^packages/testkit/" },
    ),
    wall(
      "sdks-stay-in-their-rooms",
      "The log knows pino and the exporter knows OpenTelemetry: either can be replaced there.",
      { path: "^(src|packages)/", pathNot: "^src/server/log/|^packages/telemetry/src/otel/" },
      { path: "node_modules/(pino|pino-pretty|@opentelemetry)/" },
    ),

    // 2. The design system, and what Next mounts.
    wall(
      "ui-knows-no-feature-and-no-page",
      "Components and charts take what they draw as props. Of the server they know the type of its router.",
      { path: "^src/ui/" },
      { path: "^src/(?!ui/)", pathNot: "^src/server/rpc/root\\.ts$" },
    ),
    wall(
      "app-mounts-pages",
      "A file of src/app mounts a page and holds no logic. The data it is rendered with it prefetches.",
      { path: "^src/app/" },
      {
        path: "^src/",
        pathNot: [
          "^src/(app|ui)/",
          "^src/admin/((feature-)?pages\\.ts$|without-features\\.ts$|frame/|[^/]+/ui/)",
          "^src/server/rpc/prefetch\\.ts$",
        ],
      },
    ),
    wall(
      "nothing-imports-app",
      "Next finds these files by their place.",
      { pathNot: "^src/app/" },
      { path: "^src/app/" },
    ),

    // 3. Features, and the pages of the dashboard.
    wall(
      "one-file-lists-the-features",
      "src/features/index.ts alone names a feature, so that a feature comes and goes with one edit.",
      { path: "^src/(?!features/)" },
      { path: "^src/features/[^/]+/" },
    ),
    wall(
      "features-meet-at-feature",
      "Another feature is reached through its feature.ts: what lies behind it may change.",
      { path: "^src/features/([^/]+)/" },
      { path: "^src/features/", pathNot: ["^src/features/$1/", "^src/features/[^/]+/feature\\.ts$"] },
    ),
    wall(
      "features-know-builders",
      "A feature imports packages, src/ui, the builders in src/server/rpc and src/server/live, and its own folder. The types of what it is handed come with the builders (feature-server.ts).",
      { path: "^src/(features/[^/]+|dev/notes)/" },
      { path: "^src/(?!features/|dev/notes/|ui/)", pathNot: builders },
    ),
    wall(
      "pages-know-builders",
      "A page of the dashboard obeys the rule of the features; it shows the platform, so it also knows sign-in, the platform's errors and tables, and the list of features.",
      { path: "^src/admin/" },
      {
        path: "^src/(?!admin/|ui/)",
        pathNot: [...builders, "^src/server/auth/", "^src/server/(errors|schema)\\.ts$", "^src/features/index\\.ts$"],
      },
    ),
    wall(
      "pages-meet-at-contract-and-ui",
      "A page takes from another its contract and what its ui/ shows. The other's service is handed to it.",
      { path: "^src/admin/([^/]+)/" },
      {
        path: "^src/admin/[^/]+/",
        pathNot: ["^src/admin/$1/", "^src/admin/(frame|[^/]+/ui)/", "^src/admin/[^/]+/contract(\\.ts$|/)"],
        ...typesOnly,
      },
    ),
    wall(
      "pages-are-opened-above",
      "The runtime opens the services of the pages, the root router and the list of tables join them, Next mounts them. The rest of the application knows types.",
      {
        path: "^src/",
        pathNot: ["^src/(admin|app)/", "^src/server/(runtime|schema|rpc/root|auth/page-guard)\\.ts$"],
      },
      { path: "^src/admin/", ...typesOnly },
    ),

    // 4. Inside a feature or page.
    wall(
      "router-is-thin",
      "A router parses and delegates: it knows contracts, the procedures and its service.",
      { path: "^src/(features|admin)/([^/]+)/.*router\\.ts$" },
      {
        path: "^src/",
        pathNot: [...builders, "/contract(\\.ts$|/)", "^src/$1/$2/(.*service|errors)\\.ts$"],
      },
    ),
    wall(
      "services-are-handed-db-and-cache",
      "`import type`: a service runs against any database and cache, and a test can open its own.",
      { path: "^src/(features|admin)/", pathNot: statements },
      { path: "^packages/(cache|postgres)/src/index\\.ts$", ...typesOnly },
    ),
    wall(
      "sql-lives-in-queries",
      "Statements stand in one file per feature, where they can be prepared, named and read together.",
      { path: "^src/", pathNot: [statements, "^src/dev/"] },
      { path: ["node_modules/drizzle-orm/", "^src/(features|admin)/.*schema\\.ts$"], ...typesOnly },
    ),

    // 5. Connections, doors, bundles.
    wall(
      "only-the-runtime-opens-connections",
      "The runtime opens the database, the cache and Redis once per process, so that all of them are bounded, observed and closed. Boot and the command line migrate before it.",
      {
        path: "^src/(?!features/|admin/)",
        pathNot: [statements, "^src/(server/(runtime|migrations)|main|cli/main)\\.ts$"],
      },
      { path: ["node_modules/(postgres|ioredis)/", "^packages/(cache|postgres)/src/index\\.ts$"], ...typesOnly },
    ),
    wall(
      "only-main-opens-doors",
      "A door starts processes, listens or ends them; importing one would do so unasked. Doors do not know each other.",
      { path: "^src/(server/http|[^/]+)", pathNot: "^src/main\\.ts$" },
      { path: doors, pathNot: "^src/$1" },
    ),
    wall(
      "next-bundles-no-server",
      "`import type`: Next bundles what a page imports, and every cache definition behind it would exist twice.",
      { path: bundled, pathNot: "^src/features/index\\.ts$" },
      {
        path: ["^src/", "^packages/(?!core/)", coreOfNode],
        pathNot: [...bundled, ...browserPackages],
        ...typesOnly,
      },
    ),
    wall(
      "the-list-loads-servers-lazily",
      "A feature's server.ts is imported when the runtime asks for it: `() => import(/* turbopackIgnore: true */ …)`.",
      { path: "^src/features/index\\.ts$" },
      {
        path: "^src/",
        pathNot: "^src/features/[^/]+/feature\\.ts$",
        dependencyTypesNot: ["type-only", "dynamic-import"],
      },
    ),
    wall(
      "browsers-have-no-node-modules",
      "These files run in browsers; src/app renders on the server too.",
      {
        path: [...bundled, ...browserPackages, "^packages/core/"],
        pathNot: [coreOfNode, "^src/app/"],
      },
      { dependencyTypes: ["core"] },
    ),
    wall(
      "telemetry-is-not-called",
      "Code publishes to a channel what it has to tell. Boot and the runtime open telemetry, pages read it.",
      {
        path: "^src/",
        pathNot: ["^src/main\\.ts$", "^src/server/(runtime|schema|error-catalogue)\\.ts$", "^src/admin/"],
      },
      { path: "^packages/telemetry/", ...typesOnly },
    ),
    wall(
      "log-hears-channels",
      "The log writes what it hears and what boot tells it. A log that read the cache would change what it logs.",
      { path: "^src/server/log/" },
      { path: ["^src/", "^packages/"], pathNot: ["^src/server/log/", "^packages/core/"] },
    ),
    wall(
      "live-carries-anything",
      "Subscriptions carry the states of any feature: a room that knew one of them would carry no other.",
      { path: "^src/server/live/" },
      { path: "^src/", pathNot: "^src/server/(live/|rpc/zod\\.ts$|errors\\.ts$)" },
    ),

    // 7. The whole.
    wall(
      "no-cycles",
      "A cycle has no top and no bottom: move what both need downwards. Types and lazy imports close no cycle.",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only", "dynamic-import"] } },
    ),
    wall(
      "no-orphans",
      "Delete a file that no other file imports.",
      { orphan: true, path: "^(src|packages)/", pathNot: ["^src/app/", "\\.d\\.ts$"] },
      {},
    ),
    wall(
      "tests-are-leaves",
      "The product imports no test, and nothing that tests are made of.",
      { path: "^(src|packages)/" },
      { path: [test, "node_modules/(vitest|fast-check)/"] },
    ),
    wall(
      "no-drawers",
      "utils, helpers, common and misc say nothing; name the file after the one thing that it holds.",
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
