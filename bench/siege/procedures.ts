import type { AnyTRPCRouter } from "@trpc/server";
import { z } from "zod";
import type { Role } from "@/server/auth/contract";

export type Procedure = {
  path: string;
  type: "query" | "mutation" | "subscription";
  /** The lowest role that may call it; null for a public procedure. */
  role: Role | null;
  /** Its input as JSON Schema; null for a procedure without one. */
  schema: JsonSchema | null;
};

/** The parts of JSON Schema that inputs use. */
export type JsonSchema = {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
};

type Described = { _def: { type: Procedure["type"]; meta?: { role?: Role }; inputs?: unknown[] } };

function schemaOf(inputs: readonly unknown[]): JsonSchema | null {
  const [first] = inputs;
  if (!(first instanceof z.ZodType)) return null;
  // The library types it by every draft of JSON Schema; only the members above are read.
  return z.toJSONSchema(first, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

/** Every procedure of a router, by path. */
export function listProcedures(router: AnyTRPCRouter): Procedure[] {
  // Typed as nested records; at run time it is flat, by dotted path.
  return Object.entries(router._def.procedures as unknown as Record<string, Described>)
    .map(([path, { _def }]) => ({
      path,
      type: _def.type,
      role: _def.meta?.role ?? null,
      schema: schemaOf(_def.inputs ?? []),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const mostDepth = 6;
const typeOf = ({ type }: JsonSchema): string | undefined => (Array.isArray(type) ? type[0] : type);

/** A plausible value of a schema. It need not be valid: a refusal with a 4xx is a response too. */
export function sample(schema: JsonSchema | undefined, depth = 0): unknown {
  if (schema === undefined || depth > mostDepth) return null;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const branch = schema.anyOf?.[0] ?? schema.oneOf?.[0] ?? schema.allOf?.[0];
  if (branch !== undefined) return sample(branch, depth + 1);
  const type = typeOf(schema);
  if (type === "string") return "siege";
  if (type === "boolean") return false;
  if (type === "array") return [sample(schema.items, depth + 1)];
  if (type === "integer" || type === "number") return Math.min(Math.max(schema.minimum ?? 1, 1), schema.maximum ?? 1);
  if (type !== "object") return null;
  const properties = Object.entries(schema.properties ?? {});
  return Object.fromEntries(properties.map(([name, property]) => [name, sample(property, depth + 1)]));
}

/** Copies of a value, each with one of its leaves of this type replaced. */
export function withEachLeaf(value: unknown, type: "string" | "number", replacement: unknown): unknown[] {
  if (typeof value === type) return [replacement];
  if (Array.isArray(value)) {
    // Elements of an array made by `sample`.
    const items: unknown[] = value;
    return items.flatMap((item, index) =>
      withEachLeaf(item, type, replacement).map((changed) => items.with(index, changed)),
    );
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    withEachLeaf(item, type, replacement).map((changed) => ({ ...value, [name]: changed })),
  );
}

/** Procedures of one entity that can be read by ID, alone and in bulk: what a flood of unknown IDs needs. */
export type ReadableById = { byId: string; byIds: string; list: string; mostIds: number };

/** Finds public `byId`, `byIds` and `list` under one name; null when no feature has them. */
export function findReadableById(procedures: readonly Procedure[]): ReadableById | null {
  const isPublicQuery = (path: string): boolean =>
    procedures.some((one) => one.path === path && one.type === "query" && one.role === null);
  for (const { path, role, schema } of procedures) {
    const ids = schema?.properties?.["ids"];
    const name = /^(\w+)\.byIds$/.exec(path)?.[1];
    if (name === undefined || role !== null || ids?.items?.type !== "integer") continue;
    if (!isPublicQuery(`${name}.byId`) || !isPublicQuery(`${name}.list`)) continue;
    return { byId: `${name}.byId`, byIds: path, list: `${name}.list`, mostIds: ids.maxItems ?? 10 };
  }
  return null;
}
