import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { nothingRuns } from "@weir/trpc-node";
import { join } from "node:path";

/** Browser features that no page uses. */
const switchedOff = [
  "accelerometer",
  "autoplay",
  "camera",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "geolocation",
  "gyroscope",
  "hid",
  "idle-detection",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "picture-in-picture",
  "publickey-credentials-get",
  "screen-wake-lock",
  "serial",
  "usb",
  "xr-spatial-tracking",
];

const secondsPerYear = 31_536_000;

/** Headers of everything except API responses, health and metrics. */
export function createSecurityHeaders({ isTls }: { isTls: boolean }): (res: ServerResponse) => void {
  const headers: Record<string, string> = {
    "content-security-policy": nothingRuns,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": switchedOff.map((feature) => `${feature}=()`).join(", "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    ...(isTls ? { "strict-transport-security": `max-age=${secondsPerYear}` } : {}),
  };
  const all = Object.entries(headers);
  return (res) => {
    for (const [name, value] of all) res.setHeader(name, value);
  };
}

/**
 * Makes browsers revalidate a page before they show it again. Next marks static pages as fresh for a year in shared caches,
 * which would serve an old page, with links to files that are gone, long after a deploy. Files whose names contain a hash
 * of their content keep the header that Next gives them.
 */
export function revalidatePages(res: ServerResponse): void {
  const setHeader = res.setHeader.bind(res);
  res.setHeader = (name, value) => {
    const isShared = name.toLowerCase() === "cache-control" && String(value).includes("s-maxage");
    return setHeader(name, isShared ? "no-cache" : value);
  };
}

/**
 * Sends the policy of a page, and passes its nonce to Next. Next reads it from the request's own header, so the client's
 * value of that header is dropped.
 */
function applyPolicy(req: IncomingMessage, res: ServerResponse, { value, nonce }: PagePolicy): void {
  delete req.headers["content-security-policy-report-only"];
  if (nonce === null) delete req.headers["content-security-policy"];
  else req.headers["content-security-policy"] = value;
  res.setHeader("content-security-policy", value);
}

export type Pages = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** Files whose names contain a hash of their content, which are not pages. */
const builtFiles = "/_next/static/";

/** The pages, each with its Content-Security-Policy. The URL of the request names the page. */
export function withPagePolicies(
  pages: Pages,
  options: PolicyOptions & { pages: BuiltPages; newNonce: () => string },
): Pages {
  const policyOfPage = createPagePolicies(options.pages, options);
  return (req, res) => {
    const [path = "/"] = (req.url ?? "/").split(/[?#]/, 1);
    if (!path.startsWith(builtFiles)) applyPolicy(req, res, policyOfPage(path));
    return pages(req, res);
  };
}

export type PolicyOptions = {
  /** True when browsers reach this server over TLS. */
  isTls: boolean;
  /** React refreshes by `eval`, and reports over a socket. */
  isDevelopment: boolean;
};

/** The inline code that the policy of one page allows beside this server's own files. */
type Allowed = { scripts: readonly string[]; styles: readonly string[] };

/**
 * The policy of a page: files of this server, and inline code with a hash or a nonce. Styles that scripts set property by
 * property need no permission; style attributes and elements would.
 */
function policyOf({ scripts, styles }: Allowed, { isTls, isDevelopment }: PolicyOptions): string {
  const own = "'self'";
  const relaxed = isDevelopment ? ["'unsafe-inline'"] : [];
  const directives: Record<string, readonly string[]> = {
    "default-src": ["'none'"],
    "script-src": isDevelopment ? [own, "'unsafe-inline'", "'unsafe-eval'"] : [own, ...scripts],
    "style-src": [own, ...(isDevelopment ? relaxed : styles)],
    "img-src": [own],
    "font-src": [own],
    "connect-src": isDevelopment ? [own, "ws:"] : [own],
    "manifest-src": [own],
    "form-action": [own],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    ...(isTls ? { "upgrade-insecure-requests": [] } : {}),
  };
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(" "))
    .join("; ");
}

/** The inline code of the pages that the build rendered, by path. */
export type BuiltPages = ReadonlyMap<string, InlineCode>;

/** Reads the pages under the folder of a build (`.next/server/app`); none when there is no such folder. */
export async function readBuiltPages(folder: string): Promise<BuiltPages> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const pages = names.filter((name) => name.endsWith(".html"));
  const read = pages.map(async (name): Promise<[string, InlineCode]> => {
    const route = name.replaceAll("\\", "/").replace(/\.html$/, "");
    return [route === "index" ? "/" : `/${route}`, inlineCodeOf(await readFile(join(folder, name), "utf8"))];
  });
  return new Map(await Promise.all(read));
}

export type PagePolicy = {
  /** The value of `Content-Security-Policy`. */
  value: string;
  /** For the renderer of the page; null for a page that the build rendered. */
  nonce: string | null;
};

const nothing: InlineCode = { scripts: [], styles: [] };

/**
 * The policy of each page. A page that the build rendered may run the inline code that the build wrote into it. Any other
 * page is rendered now, with a nonce for one use; inline code that all pages share, such as the script that sets the theme,
 * comes from the not-found page.
 */
export function createPagePolicies(
  pages: BuiltPages,
  options: PolicyOptions & { newNonce: () => string },
): (path: string) => PagePolicy {
  const built = new Map([...pages].map(([path, code]) => [path, policyOf(code, options)]));
  const shared = pages.get("/_not-found") ?? nothing;
  return (path) => {
    const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
    const known = built.get(trimmed);
    if (known !== undefined) return { value: known, nonce: null };
    const nonce = options.newNonce();
    const scripts = [`'nonce-${nonce}'`, ...shared.scripts];
    return { value: policyOf({ ...shared, scripts }, options), nonce };
  };
}

/** The sources of a policy that allow exactly the inline code of a page. */
export type InlineCode = { scripts: string[]; styles: string[] };

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The hash of each inline element of this name that neither loads a file nor holds only data. */
function hashesOf(html: string, name: "script" | "style"): string[] {
  const found = html.matchAll(new RegExp(`<${name}\\b([^>]*)>([\\s\\S]*?)</${name}>`, "gi"));
  const inline = [...found].filter(([, attributes = ""]) => !/\ssrc=|\stype="application\//i.test(attributes));
  return [...new Set(inline.map(([, , text = ""]) => sha256(text)))];
}

/** Finds the inline code of a page that the build rendered. */
export function inlineCodeOf(html: string): InlineCode {
  return { scripts: hashesOf(html, "script"), styles: hashesOf(html, "style") };
}
