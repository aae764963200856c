import type { IncomingMessage } from "node:http";
import type { AnyTRPCProcedure } from "@trpc/server";

/** A request that the short path can answer. */
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

/** What the short path may answer. */
export type CallRules = {
  /** By dotted path, without a prototype. Lazy routers add theirs when they are loaded. */
  procedures: Readonly<Record<string, AnyTRPCProcedure | undefined>>;
  /** The start of every call's URL, with a slash at both ends; null when no call may take the short path. */
  prefix: string | null;
  /** Between the segments of a path in the URL. */
  separator: string;
  allowBatching: boolean;
  /** Queries may be sent by POST. */
  allowMethodOverride: boolean;
  hostIsUsable: (host: string | undefined) => boolean;
};

const plainPath = /^[\w.,~-]+$/;
// Printable ASCII without "#" and "\": every character that the URL parser leaves as it is.
const plainUrl = /^[!"$-[\]-~]*$/;
const dotSegment = /^\.{1,2}$/;
const noSearch: Search = { isBatch: false, input: null };

/**
 * Reads path and query of a request in one pass. Returns null for anything unusual, which tRPC's adapter answers: unknown
 * procedures, subscriptions, streams, other methods and content types, odd encodings.
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

function isUsual(req: IncomingMessage, rules: CallRules): boolean {
  const { method, headers } = req;
  const type = headers["content-type"];
  if (method === "POST") {
    // `body` holds a body that another middleware has read.
    if (type === undefined || !isJson(type) || "body" in req) return false;
  } else if (method !== "GET" || (type !== undefined && !isJson(type))) return false;
  if (headers["trpc-accept"] !== undefined || headers.accept?.includes("application/jsonl") === true) return false;
  return rules.hostIsUsable(headers.host);
}

const isJson = (contentType: string): boolean =>
  contentType === "application/json" || contentType.toLowerCase().split(";", 1)[0]?.trim() === "application/json";

/** A call's query string: whether it is a batch, and the text of `input`, null when it has none. */
type Search = { isBatch: boolean; input: string | null };

/**
 * Reads the first `batch` and the first `input` of a query string of printable ASCII, as URLSearchParams would. Returns
 * null when that needs a full parser: encoded names, broken encodings, `connectionParams`.
 */
export function parseSearch(search: string): Search | null {
  if (search === "") return noSearch;
  let isBatch: boolean | null = null;
  let input: string | null = null;
  for (let from = 0; from < search.length;) {
    let end = search.indexOf("&", from);
    if (end === -1) end = search.length;
    const equals = search.indexOf("=", from);
    const hasValue = equals !== -1 && equals < end;
    const name = search.slice(from, hasValue ? equals : end);
    const value = hasValue ? search.slice(equals + 1, end) : "";
    from = end + 1;
    if (name === "input") {
      if (input !== null) continue;
      input = decodeValue(value);
      if (input === null) return null;
    } else if (name === "batch") {
      if (isEncoded(value)) return null;
      isBatch ??= value === "1";
    } else if (name === "connectionParams" || isEncoded(name)) {
      return null;
    }
  }
  return { isBatch: isBatch ?? false, input };
}

const isEncoded = (text: string): boolean => text.includes("%") || text.includes("+");

/** Decodes a value as URLSearchParams does; null for percent-encoding that is not UTF-8, which it would repair. */
function decodeValue(raw: string): string | null {
  if (!isEncoded(raw)) return raw;
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return null;
  }
}

const plainHost = /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i;

/**
 * Checks whether a `Host` can be part of a URL, and remembers the last one that could. A request whose `Host` is anything
 * but a name or an address with a port goes to tRPC's adapter, which builds the URL and refuses an invalid one.
 */
export function createHostCheck(): (host: string | undefined) => boolean {
  let last: string | undefined;
  return (host) => {
    if (host === undefined || host === last) return true;
    if (!plainHost.test(host) || !URL.canParse(`http://${host}`)) return false;
    last = host;
    return true;
  };
}
