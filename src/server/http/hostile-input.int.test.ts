import type { AnyTRPCRouter } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeCursor } from "@weir/core/keyset-cursor";
import { createNotesDatabase, notesFeatures } from "@/dev/notes/test-notes";
import { type SignedInUser, startTestAppWith, type TestApp } from "@/dev/test-app";
import { loadFeatures } from "@/server/features";
import { migrateAll, withCopies } from "@/server/migrations";
import type { FeatureServers } from "@/server/rpc/feature-server";
import { z } from "@/server/rpc/zod";

/** The part of JSON Schema that Zod writes for inputs. */
type Shape = {
  type?: string;
  properties?: Record<string, Shape>;
  required?: string[];
  items?: Shape;
  anyOf?: Shape[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  additionalProperties?: Shape | boolean;
};

/** Texts that fit the patterns of inputs. */
const samples = [
  "aaaa",
  "AA",
  "note.byId:1",
  "4bf92f3577b34da6a3ce929d0e0e4736",
  "1-1",
  "1",
  "ada@example.com",
  "2026-01-01T00:00:00Z",
  "seven lamps over stone",
];

const hostileTexts = [
  "half \uD83D",
  "\uDE00 half",
  "nul \0 nul",
  "\u202Eover",
  "\u200B",
  "\u001B[2J",
  "%_\\'\"--;/*",
  "\uFFFE\uFFFF",
  "x".repeat(20_000),
  "",
  ...["*/title", "*/words", "*/name", "*/population"].flatMap((list) => [
    encodeCursor({ list, value: "half \uD83D", id: 1 }),
    encodeCursor({ list, value: "\0", id: 1 }),
    encodeCursor({ list, value: 2 ** 40, id: 2 ** 40 }),
  ]),
  "9".repeat(30),
  "99999999999999999-99999999999999999999999",
];
const hostileNumbers = [-1, 0, 0.5, 2_147_483_647, 2_147_483_648, -2_147_483_649, 2 ** 53 + 2, 1e308, -1e-308];

function sampleText({ pattern, format, minLength = 0 }: Shape): string {
  const fits = (text: string): boolean =>
    (pattern === undefined || new RegExp(pattern, "u").test(text)) && text.length >= minLength;
  const ofFormat = format === "email" ? "ada@example.com" : format === "date-time" ? "2026-01-01T00:00:00Z" : null;
  return ofFormat ?? samples.find(fits) ?? "aaaa";
}

/** A value of this shape with required fields only. */
function sampleOf(shape: Shape): unknown {
  if (shape.const !== undefined) return shape.const;
  if (shape.enum !== undefined) return shape.enum[0];
  if (shape.anyOf !== undefined) return sampleOf(shape.anyOf[0] ?? {});
  if (shape.type === "object") {
    const { properties = {}, required = [] } = shape;
    return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {})]));
  }
  if (shape.type === "array") return [sampleOf(shape.items ?? {})];
  if (shape.type === "integer" || shape.type === "number") return shape.minimum ?? 1;
  if (shape.type === "boolean") return false;
  if (shape.type === "null") return null;
  return sampleText(shape);
}

/** The input once for each hostile value at each place; the other fields are as they should be. */
function* hostileOf(shape: Shape): Generator<{ at: string; value: unknown }> {
  for (const inner of shape.anyOf ?? []) yield* hostileOf(inner);
  if (shape.const !== undefined || shape.enum !== undefined) return;
  if (shape.type === "string") for (const value of hostileTexts) yield { at: "", value };
  if (shape.type === "integer" || shape.type === "number") for (const value of hostileNumbers) yield { at: "", value };
  if (shape.type === "array") {
    for (const { at, value } of hostileOf(shape.items ?? {})) yield { at: `[]${at}`, value: [value] };
  }
  if (shape.type === "object") {
    const base = sampleOf(shape);
    for (const [name, inner] of Object.entries(shape.properties ?? {})) {
      for (const { at, value } of hostileOf(inner)) {
        yield { at: `.${name}${at}`, value: { ...Object(base), [name]: value } };
      }
    }
  }
}

type Described = { _def: { type: "query" | "mutation" | "subscription"; inputs: readonly z.ZodType[] } };

function proceduresOf({ _def }: AnyTRPCRouter): [string, Described][] {
  // Typed as nested records; at run time it is flat, by dotted path.
  return Object.entries(_def.procedures as unknown as Record<string, Described>);
}

let app: TestApp<FeatureServers>;
let admin: SignedInUser;
beforeAll(async () => {
  const features: FeatureServers = { ...(await loadFeatures()), ...notesFeatures };
  const openDatabase = async () => {
    const database = await createNotesDatabase();
    await migrateAll(database.url, withCopies(features));
    return database;
  };
  app = await startTestAppWith({ features, openDatabase });
  admin = await app.signIn("admin");
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

/** `JSON.stringify` writes half a character as an escape, which every JSON parser reads as half a character again. */
async function send(path: string, { _def: { type } }: Described, input: unknown): Promise<Response> {
  const headers = { ...admin.headers, "content-type": "application/json" };
  const url = `${app.origin}/api/trpc/${path}`;
  // A query by POST, because a URL has a limit of its own.
  if (type !== "subscription") return fetch(url, { method: "POST", headers, body: JSON.stringify(input) });
  const query = `input=${encodeURIComponent(JSON.stringify(input))}`;
  return fetch(`${url}?${query}`, { headers: { ...admin.headers, accept: "text/event-stream" } });
}

describe("hostile text and numbers in any field of any procedure", () => {
  test("are refused or harmless, and never an internal error", async () => {
    const found: string[] = [];
    const walked: string[] = [];
    for (const [path, procedure] of proceduresOf(app.runtime.router)) {
      const [schema] = procedure._def.inputs;
      if (schema === undefined) continue;
      // As Zod writes it: the parts of JSON Schema above.
      const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Shape;
      for (const { at, value } of hostileOf(shape)) {
        walked.push(`${path}${at}`);
        const response = await send(path, procedure, value);
        const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
        // A stream that was admitted stays open: its refusals come before it.
        const text = isStream && response.ok ? "" : await response.text();
        if (isStream) await response.body?.cancel();
        if (response.status >= 500 || text.includes("INTERNAL_SERVER_ERROR")) {
          found.push(`${path}${at} ${JSON.stringify(value).slice(0, 80)}: ${response.status} ${text.slice(0, 120)}`);
        }
      }
    }
    expect(found).toEqual([]);
    // The walk has reached what it is about.
    for (const place of ["users.create.name", "traces.pin.note", "cache.invalidate.tags[]", "note.update.version"]) {
      expect(walked).toContain(place);
    }
  }, 180_000);
});
