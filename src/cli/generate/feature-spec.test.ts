import { expect, test } from "vitest";
import { UsageError } from "../command";
import { type FeatureOptions, readSpec, type Taken } from "./feature-spec";

const taken: Taken = { paths: new Set(["/", "/stock"]), keys: new Set(["o", "u", "a"]), entities: new Set(["city"]) };
const read = (name: string, options: Partial<FeatureOptions> = {}) =>
  readSpec(name, { fields: "title:text,total:integer,note:text?", hasPage: true, ...options }, taken);

test("what the options leave out follows from the name and the fields", () => {
  expect(read("orders")).toEqual({
    name: "orders",
    entity: "order",
    fields: [
      { name: "title", type: "text", isOptional: false },
      { name: "total", type: "integer", isOptional: false },
      { name: "note", type: "text", isOptional: true },
    ],
    orders: [{ field: "title", direction: "asc" }],
    filters: [],
    stats: [],
    mutations: ["create", "update", "remove"],
    readRole: "everyone",
    writeRole: "operator",
    // The first letter of the name that no other page has.
    page: { path: "/orders", key: "r" },
  });
});

test.each([
  ["orders", "order"],
  ["categories", "category"],
  ["boxes", "box"],
  ["purchase-orders", "purchaseOrder"],
])("one of %s is a %s", (name, entity) => {
  expect(read(name).entity).toBe(entity);
});

test.each<[string, Partial<FeatureOptions>, string]>([
  ["Orders", {}, "Not a name for a feature"],
  ["../orders", {}, "Not a name for a feature"],
  ["order", {}, "Name the feature in the plural"],
  ["sessions", {}, "Not a name for one row"],
  ...[
    "features",
    "servers",
    "index",
    "class",
    "default",
    "new",
    "fields",
    "text",
    "public",
    "weir",
    "drizzle",
    "pg-catalog",
    "accounts",
    "plans",
    "users",
    "streams",
  ].map((name): [string, Partial<FeatureOptions>, string] => [name, { entity: "thing" }, `The name ${name} is taken`]),
  ...["call", "then", "cache", "promise", "map", "error", "person", "trace", "toString"].map(
    (entity): [string, Partial<FeatureOptions>, string] => ["things", { entity }, "Not a name for one row"],
  ),
  ...["toString", "valueOf", "constructor", "xmin", "ctid", "list", "enableRLS"].map(
    (field): [string, Partial<FeatureOptions>, string] => [
      "orders",
      { fields: `title:text,${field}:text` },
      `The field name ${field} is taken`,
    ],
  ),
  ["calls", {}, "Not a name for one row"],
  ["towns", { entity: "city" }, "Another feature has city.*"],
  [
    "warehouse-purchase-orders",
    { fields: "title:text,theDateOnWhichItWasFullyPaid:date", filters: "theDateOnWhichItWasFullyPaid" },
    "more than 63 characters",
  ],
  ["orders", { fields: "" }, "Give 1 to 40 fields"],
  ["orders", { fields: "title:varchar" }, "one of text, integer"],
  ["orders", { fields: "id:integer" }, "The field name id is taken"],
  ["orders", { fields: "title:text,title:text" }, "appears twice"],
  ["orders", { fields: "done:boolean" }, "A list needs an order"],
  ["orders", { orders: "price" }, "Not an order"],
  ["orders", { orders: "title:down" }, "Not an order"],
  ["orders", { orders: "note" }, "it is optional"],
  ["orders", { filters: "note" }, "must be a text, integer, boolean or date field"],
  ["orders", { stats: "title" }, "must be an integer or number field"],
  ["orders", { mutations: "drop" }, "must be one of create, update, remove"],
  ["orders", { readRole: "root" }, "must be one of everyone, viewer, operator, admin"],
  ["orders", { writeRole: "everyone" }, "must be one of operator, admin"],
  ["orders", { page: "/stock" }, "that no other page has"],
  ["orders", { page: "/admin/orders" }, "a path of one part"],
  ["orders", { page: "/metrics" }, "that no other page has"],
])("refuses %s with %o and says why", (name, options, message) => {
  expect(() => read(name, options)).toThrow(UsageError);
  expect(() => read(name, options)).toThrow(message);
});
