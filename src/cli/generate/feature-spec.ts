import { type Role, roles } from "@/server/auth/contract";
import { UsageError } from "../command";
import { type Field, fieldTypes } from "./field-types";

export type Order = { field: string; direction: "asc" | "desc" };
export const mutationNames = ["create", "update", "remove"] as const;
export type MutationName = (typeof mutationNames)[number];

/** A feature to be generated. */
export type FeatureSpec = {
  /** Of its folder and its schema: `orders`, `purchase-orders`. */
  name: string;
  /** One row, in camel case: `order`, `purchaseOrder`. */
  entity: string;
  fields: readonly Field[];
  /** The orders of its list, the first of which is the default. */
  orders: readonly Order[];
  /** Fields that the list can be filtered by, one at a time. */
  filters: readonly string[];
  /** Fields that are summed. */
  stats: readonly string[];
  mutations: readonly MutationName[];
  readRole: Role | "everyone";
  writeRole: Exclude<Role, "viewer">;
  /** The path of its page and the key that follows `g`; null without a page. */
  page: { path: string; key: string } | null;
  /** The table of another program, which the feature reads; absent where the feature has a table of its own. */
  adopted?: AdoptedTable;
};

/** Columns by the names of their fields. */
export type AdoptedTable = {
  schema: string;
  table: string;
  /** The fields of its key. */
  key: readonly string[];
};

/** As written on the command line; undefined where an option is absent. */
export type FeatureOptions = {
  entity?: string | undefined;
  fields: string;
  orders?: string | undefined;
  filters?: string | undefined;
  stats?: string | undefined;
  mutations?: string | undefined;
  readRole?: string | undefined;
  writeRole?: string | undefined;
  page?: string | undefined;
  hasPage: boolean;
};

/** What other features and pages use; `entities` are the names of routers. */
export type Taken = { paths: ReadonlySet<string>; keys: ReadonlySet<string>; entities: ReadonlySet<string> };

/** Names of the house, of every object, of every table of Drizzle, and of columns that Postgres adds. */
export const reservedFields = new Set([
  ..."id version order cursor limit list getSQL enableRLS".split(" "),
  ...Object.getOwnPropertyNames(Object.prototype),
  ..."cmax cmin ctid tableoid xmax xmin".split(" "),
]);
/** Names that no variable may have, and those that generated code has for something else. */
const reservedFeatures = new Set([
  ..."arguments async await boolean break case catch class const continue debugger default delete do else enum".split(
    " ",
  ),
  ..."eval export extends false finally for function if implements import in instanceof interface let new null".split(
    " ",
  ),
  ..."package private protected public return static super switch this throw true try typeof undefined var void".split(
    " ",
  ),
  ..."while with yield after and before byIds changed created ctx date db defineErrors defineFeature".split(" "),
  ..."defineFeatureServer doublePrecision eq features fields figures fromEntry given gone id ids index input".split(
    " ",
  ),
  ..."integer list lock on pgSchema place prepareKeyset prepared router row server servers service sql statsBy".split(
    " ",
  ),
  ..."statsOfAll subject text timestamp tools tx version".split(" "),
  ..."publicProcedure viewerProcedure operatorProcedure adminProcedure".split(" "),
  // Services of the platform.
  ..."accounts audit insights inspection invalidation users plans streams traces".split(" "),
  // Schemas of the database.
  ..."drizzle informationSchema weir".split(" "),
]);
/** Names of types in generated code, which one of the same name would hide. */
const reservedTypes = new Set(
  "Actor Button Db EmptyState Error FeatureTools Filter FilterProps KeysetPage Map Math Number Partial Pick ProblemNotice Promise ReactNode Set Skeleton String TestApp Tx".split(
    " ",
  ),
);
/** Names of the house, words that generated code uses, and those that tRPC keeps for itself. */
const reservedEntities = new Set([
  "apply",
  "call",
  "person",
  "people",
  "then",
  "trace",
  "account",
  "admin",
  "audit",
  "cache",
  "db",
  "entity",
  "feature",
  "field",
  "insights",
  "key",
  "list",
  "page",
  "plans",
  "queries",
  "router",
  "server",
  "service",
  "session",
  "tag",
  "traces",
  "tx",
  "user",
  "users",
]);
const maxFields = 40;
/** Postgres cuts off the rest of a name. */
const maxIdentifier = 63;

const list = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

export const camel = (kebab: string): string =>
  kebab.replaceAll(/-([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
export const pascal = (text: string): string => camel(text).replace(/^[a-z]/, (letter) => letter.toUpperCase());
export const snake = (camelCase: string): string =>
  camelCase.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll("-", "_");
/** `purchaseOrder` as words: `purchase order`. */
export const words = (camelCase: string): string => snake(camelCase).replaceAll("_", " ");
export const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** A guess, which `--entity` replaces: `orders` → `order`, `categories` → `category`, `boxes` → `box`. */
export function singular(plural: string): string {
  if (/[^aeiou]ies$/.test(plural)) return plural.replace(/ies$/, "y");
  if (/(?:s|x|z|ch|sh)es$/.test(plural)) return plural.replace(/es$/, "");
  return plural.replace(/([^s])s$/, "$1");
}

function readField(text: string): Field {
  const [, name = "", type = "", mark = ""] = /^([a-z][a-zA-Z0-9]{0,40}):(\w+)(\??)$/.exec(text) ?? [];
  if (name === "" || !Object.hasOwn(fieldTypes, type)) {
    throw new UsageError(
      `Not a field: ${JSON.stringify(text)}. Write a name in camel case, a colon and one of ${Object.keys(fieldTypes).join(", ")}; a question mark at the end makes it optional: title:text, paidAt:timestamp?`,
    );
  }
  if (reservedFields.has(name)) throw new UsageError(`The field name ${name} is taken. Choose another.`);
  // Checked above.
  return { name, type: type as keyof typeof fieldTypes, isOptional: mark === "?" };
}

const isOrderable = ({ type }: Field): boolean =>
  Object.entries(fieldTypes).some(([name, one]) => name === type && one.isOrderable);

function readOrder(text: string, fields: readonly Field[]): Order {
  const [field = "", direction = "asc", ...more] = text.split(":");
  const found = fields.find(({ name }) => name === field);
  if (found === undefined || more.length > 0 || (direction !== "asc" && direction !== "desc")) {
    throw new UsageError(
      `Not an order: ${JSON.stringify(text)}. Write a field, and :desc for largest first: total:desc`,
    );
  }
  if (found.isOptional || !isOrderable(found)) {
    throw new UsageError(
      `A list cannot be ordered by ${field}: ${found.isOptional ? "it is optional" : `it is a ${found.type}`}. A page needs a value that every row has and that a cursor can carry.`,
    );
  }
  return { field, direction };
}

function readRole<Allowed extends string>(
  text: string | undefined,
  allowed: readonly Allowed[],
  option: string,
  preset: Allowed,
): Allowed {
  if (text === undefined) return preset;
  const found = allowed.find((one) => one === text);
  if (found === undefined)
    throw new UsageError(`--${option} must be one of ${allowed.join(", ")}; got ${JSON.stringify(text)}.`);
  return found;
}

/** A free letter for `g …`: of the name, else of the alphabet. */
const freeKey = (name: string, { keys }: Taken): string =>
  `${name}abcdefghijklmnopqrstuvwxyz`.split("").find((letter) => /[a-z]/.test(letter) && !keys.has(letter)) ?? "x";

function unique(names: readonly string[], what: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`${sentence(what)} ${twice} appears twice.`);
}

/** What a feature is called, where it stands and who may read it. */
export type Identity = Pick<FeatureSpec, "name" | "entity" | "readRole" | "page">;
export type IdentityOptions = Pick<FeatureOptions, "entity" | "readRole" | "page" | "hasPage">;

/** Checks the names and fills in what is left out. @throws UsageError that says what is wrong and what is allowed */
export function readIdentity(name: string, options: IdentityOptions, taken: Taken): Identity {
  if (!/^[a-z][a-z0-9]{0,30}(?:-[a-z0-9]{1,30}){0,3}$/.test(name) || name.length > 50) {
    throw new UsageError(
      `Not a name for a feature: ${JSON.stringify(name)}. Use lowercase letters, digits and dashes: purchase-orders`,
    );
  }
  if (reservedFeatures.has(camel(name)) || name.startsWith("pg-")) {
    throw new UsageError(
      `The name ${name} is taken: JavaScript, Postgres or Weir itself means something else by it. Choose another.`,
    );
  }
  const entity = options.entity ?? camel(singular(name));
  if (
    !/^[a-z][a-zA-Z0-9]{0,40}$/.test(entity) ||
    reservedEntities.has(entity) ||
    reservedTypes.has(pascal(entity)) ||
    Object.hasOwn(Object.prototype, entity)
  ) {
    throw new UsageError(`Not a name for one row: ${JSON.stringify(entity)}. Give one in camel case with --entity.`);
  }
  if (taken.entities.has(entity)) {
    throw new UsageError(`Another feature has ${entity}.* already. Give one row another name with --entity.`);
  }
  if (entity === camel(name)) {
    throw new UsageError(
      `${name} looks like the name of one row. Name the feature in the plural, or give a different --entity.`,
    );
  }
  const path = options.page ?? `/${name}`;
  if (
    options.hasPage &&
    (!/^\/[a-z0-9-]{1,50}$/.test(path) ||
      ["/admin", "/sign-in", "/api", "/forbidden", "/metrics", "/healthz", "/readyz"].includes(path) ||
      taken.paths.has(path))
  ) {
    throw new UsageError(
      `The page cannot be at ${JSON.stringify(path)}: write a path of one part that no other page has, such as /${name}.`,
    );
  }
  return {
    name,
    entity,
    readRole: readRole(options.readRole, ["everyone", ...roles], "read-role", "everyone"),
    page: options.hasPage ? { path, key: freeKey(name, taken) } : null,
  };
}

/** Checks the options and fills in what they leave out. @throws UsageError that says what is wrong and what is allowed */
export function readSpec(name: string, options: FeatureOptions, taken: Taken): FeatureSpec {
  const identity = readIdentity(name, options, taken);
  const fields = list(options.fields).map(readField);
  if (fields.length === 0 || fields.length > maxFields)
    throw new UsageError(`Give 1 to ${maxFields} fields: --fields title:text,total:integer`);
  unique(
    fields.map((field) => field.name),
    "the field",
  );
  const firstOrderable = fields.find((field) => !field.isOptional && isOrderable(field));
  const given = list(options.orders);
  if (given.length === 0 && firstOrderable === undefined) {
    throw new UsageError(
      "A list needs an order: give the feature a text, integer, date or timestamp field that is not optional.",
    );
  }
  const orders = (given.length === 0 ? [firstOrderable?.name ?? ""] : given).map((text) => readOrder(text, fields));
  unique(
    orders.map(({ field }) => field),
    "the order by",
  );
  const named = (
    names: readonly string[],
    what: string,
    allowed: (field: Field) => boolean,
    rule: string,
  ): string[] => {
    for (const one of names) {
      const field = fields.find((candidate) => candidate.name === one);
      if (field === undefined || !allowed(field))
        throw new UsageError(`${sentence(what)} ${JSON.stringify(one)} must be ${rule}.`);
    }
    unique(names, what);
    return [...names];
  };
  const filters = named(
    list(options.filters),
    "the filter",
    ({ type, isOptional }) => !isOptional && ["text", "integer", "boolean", "date"].includes(type),
    "a text, integer, boolean or date field that is not optional",
  );
  const stats = named(
    list(options.stats),
    "the statistic of",
    ({ type }) => type === "integer" || type === "number",
    "an integer or number field",
  );
  for (const filter of ["", ...filters]) {
    for (const { field } of orders) {
      const index = [camel(name), filter, field]
        .filter((part) => part !== "")
        .map(snake)
        .join("_");
      if (index.length > maxIdentifier)
        throw new UsageError(
          `The index ${index} would have a name of more than ${maxIdentifier} characters. Give the feature or its fields shorter names.`,
        );
    }
  }
  const mutations =
    options.mutations === undefined
      ? [...mutationNames]
      : list(options.mutations === "none" ? "" : options.mutations).map((text) =>
          readRole(text, mutationNames, "mutations", "create"),
        );
  unique(mutations, "the mutation");
  return {
    ...identity,
    fields,
    orders,
    filters,
    stats,
    mutations,
    writeRole: readRole(options.writeRole, ["operator", "admin"], "write-role", "operator"),
  };
}
