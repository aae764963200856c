import { featurePages } from "@/admin/feature-pages";
import { type AdminPage, adminPages, pageRoles } from "@/admin/pages";
import { hasRole, type Role } from "./contract";

export { withoutFeatures } from "@/admin/without-features";

/** What a page requires; null for a public page. */
export type PageRule = { role: Role; path: string } | null;

const mostDecodings = 4;

/** Decodes until nothing changes, as a chain of servers would; null when decoding fails. */
function decodeFully(path: string): string | null {
  let text = path;
  for (let round = 0; round < mostDecodings; round += 1) {
    let decoded = text;
    try {
      decoded = decodeURIComponent(text);
    } catch {
      return null;
    }
    if (decoded === text) return text;
    text = decoded;
  }
  return null;
}

/** Normalizes every spelling that a router might treat as the same page: case, slashes, dots, file extensions. */
function canonical(decoded: string): string {
  const segments: string[] = [];
  for (const segment of decoded.toLowerCase().split(/[\\/]+/)) {
    const name = segment.split(";", 1)[0]?.trim() ?? "";
    if (name === "..") segments.pop();
    else if (name !== "" && name !== ".") segments.push(name);
  }
  return `/${segments.join("/").replace(/\.(?:txt|rsc|json|html|segments)$/, "")}`;
}

/** The listed pages in the spelling of `canonical`. */
const guarded = Object.entries(pageRoles).map(([page, role]) => ({ page: page.toLowerCase(), role }));
/** The first segments of the guarded pages' paths. */
const guardedNames = new Set(guarded.map(({ page }) => page.split("/", 2)[1] ?? "").filter((name) => name !== ""));
const publicPages = new Set(featurePages.filter(({ role }) => role === undefined).map(({ path }) => path));

/** The rule of the nearest listed page at or above a path. */
function listed(path: string): PageRule {
  const nearest = guarded
    .filter(({ page }) => path === page || path.startsWith(`${page}/`))
    .toSorted((a, b) => b.page.length - a.page.length)[0];
  return nearest === undefined ? null : { path, role: nearest.role };
}

/** Whether a path contains the name of a guarded page anywhere. */
function containsGuarded(decoded: string): boolean {
  const words = decoded.toLowerCase().split(/[^\p{L}\p{N}_-]+/u);
  return /admin/i.test(decoded) || words.some((word) => guardedNames.has(word));
}

/**
 * The rule for a page, by the raw path of the request. A path that contains a guarded name and is not clearly one of the listed
 * pages requires the highest role: refusing too much is safer than showing too much.
 */
export function pageRule(rawPath: string): PageRule {
  // Scripts and styles of the build: the same for all users, without data.
  if (rawPath.startsWith("/_next/static/") && !/\.\.|%2e|%2f|%5c|\\/i.test(rawPath)) return null;
  const decoded = decodeFully(rawPath);
  if (decoded === null) return { role: "admin", path: rawPath };
  const path = canonical(decoded);
  // Next names the data of the first page `index`.
  const rule = listed(path.replace(/^\/index(?:\.segments\/.*)?$/, "/"));
  if (rule !== null) return rule;
  return containsGuarded(decoded) && !publicPages.has(path) ? { role: "admin", path } : null;
}

/** Whether a session with this role (null for none) may see a page with this rule. */
export function mayPass(rule: PageRule, role: Role | null): boolean {
  return rule === null || (role !== null && hasRole(role, rule.role));
}

/** The dashboard's page at exactly this path. */
export const adminPageAt = (path: string): AdminPage | undefined => adminPages.find((page) => page.path === path);

/** Whether this is the path of a feature's page. */
export function isFeaturePage(path: string): boolean {
  return featurePages.some((page) => page.path === path);
}
