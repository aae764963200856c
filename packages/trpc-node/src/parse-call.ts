import type { IncomingMessage } from "node:http";
import type { AnyTRPCProcedure } from "@trpc/server";
import { parseSearch, type Search } from "./parse-search";

/** A request that the short way can answer. */
export type ParsedCall = {
  /** With dots, whatever the separator in the URL. */
  paths: readonly string[];
  /** One per path. */
  procedures: readonly AnyTRPCProcedure[];
  type: "query" | "mutation";
  isBatch: boolean;
  /** The text of `input` in the URL; null when there is none, or when the body holds it. */
  queryInput: string | null;
};

/** What the short way may answer. */
export type CallRules = {
  /** By dotted path, without a prototype. Lazy routers add theirs when they are loaded. */
  procedures: Readonly<Record<string, AnyTRPCProcedure | undefined>>;
  /** What all calls begin with: begins and ends with a slash. null: nothing may take the short way. */
  prefix: string | null;
  /** Between the segments of a path in the URL. */
  separator: string;
  allowBatching: boolean;
  /** Queries may be sent by POST. */
  allowMethodOverride: boolean;
  hostIsUsable: (host: string | undefined) => boolean;
};

const plainPath = /^[\w.,~-]+$/;
// Printable ASCII without "#" and "\": everything that the URL parser leaves where it is.
const plainUrl = /^[!"$-[\]-~]*$/;
const dotSegment = /^\.{1,2}$/;

const isJson = (contentType: string): boolean =>
  contentType === "application/json" || contentType.toLowerCase().split(";", 1)[0]?.trim() === "application/json";

function isUsual(req: IncomingMessage, rules: CallRules): boolean {
  const { method, headers } = req;
  const type = headers["content-type"];
  if (method === "POST") {
    // A body that another middleware has read stands in `body`.
    if (type === undefined || !isJson(type) || "body" in req) return false;
  } else if (method !== "GET" || (type !== undefined && !isJson(type))) return false;
  if (headers["trpc-accept"] !== undefined || headers.accept?.includes("application/jsonl") === true) return false;
  return rules.hostIsUsable(headers.host);
}

const noSearch: Search = { isBatch: false, input: null };

/**
 * Reads path and query of a request in one pass. Answers null for whatever is unusual: unknown procedures,
 * subscriptions, streams, other methods and content types, odd encodings. tRPC's adapter answers those.
 */
export function parseCall(req: IncomingMessage, rules: CallRules): ParsedCall | null {
  const url = req.url ?? "";
  const { prefix } = rules;
  if (prefix === null || !url.startsWith(prefix) || !plainUrl.test(url) || !isUsual(req, rules)) return null;
  const question = url.indexOf("?");
  const urlPath = question === -1 ? url.slice(prefix.length) : url.slice(prefix.length, question);
  if (!plainPath.test(urlPath) || dotSegment.test(urlPath)) return null;
  const search = question === -1 ? noSearch : parseSearch(url.slice(question + 1));
  if (search === null || (search.isBatch && !rules.allowBatching)) return null;

  const path = rules.separator === "." ? urlPath : urlPath.replaceAll(rules.separator, ".");
  const paths = search.isBatch ? path.split(",") : [path];
  const procedures: AnyTRPCProcedure[] = [];
  for (const name of paths) {
    const procedure = rules.procedures[name];
    if (procedure === undefined) return null;
    procedures.push(procedure);
  }
  const type = procedures[0]?._def.type;
  if (type === undefined || type === "subscription") return null;
  if (procedures.some((procedure) => procedure._def.type !== type)) return null;
  const isPost = req.method === "POST";
  if (type === "mutation" ? !isPost : isPost && !rules.allowMethodOverride) return null;
  return { paths, procedures, type, isBatch: search.isBatch, queryInput: isPost ? null : search.input };
}
