import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type InlineCode, inlineCodeOf } from "./inline-code";

export type PolicyOptions = {
  /** True when browsers reach this server over TLS. */
  isTls: boolean;
  /** React refreshes by `eval`, and reports over a socket. */
  isDevelopment: boolean;
};

/** What the policy of one page allows beside this server's own files. */
type Allowed = { scripts: readonly string[]; styles: readonly string[] };

/**
 * The policy of a page: files of this server, and of inline code only what is allowed by hash or nonce. Styles that
 * scripts set, property by property, need no permission; attributes and elements would.
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

/** Page by path: what the build rendered ahead. */
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
  /** To be given to what renders the page; null for a page that was rendered by the build. */
  nonce: string | null;
};

const nothing: InlineCode = { scripts: [], styles: [] };

/**
 * The policy of each page. One that the build rendered is allowed the inline code that the build wrote into it. Any other is
 * rendered now, with a nonce that serves once; what all pages share, such as the script that sets the theme, comes from
 * the page for addresses without one, which is also what such an address gets.
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
