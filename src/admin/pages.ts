import { features } from "@/features";
import type { Feature } from "@/server/rpc/feature";
import type { Role } from "@/server/auth/contract";

export type AdminPage = {
  path: string;
  label: string;
  /** Pressed after `g`. */
  key: string;
  /** The lowest role that may see it. */
  role: Role;
};

/** The dashboard's pages in the order of the navigation. */
export const adminPages: readonly AdminPage[] = [
  { path: "/admin", label: "Overview", key: "o", role: "viewer" },
  { path: "/admin/users", label: "Users", key: "u", role: "admin" },
  { path: "/admin/audit", label: "Audit", key: "l", role: "admin" },
  { path: "/admin/account", label: "Account", key: "a", role: "viewer" },
];

/** Marks a request on a node without features, whose pages have no links to feature pages. */
export const withoutFeatures = "x-weir-without-features";

/** The pages of all features. */
export const featurePages = features.flatMap(({ pages }: Feature) => pages);

/**
 * The pages that require a role, with the lowest role that may see them. Pages below a listed page inherit its role,
 * unless they are listed themselves.
 */
export const pageRoles: Readonly<Record<string, Role>> = Object.fromEntries(
  [...adminPages, ...featurePages].flatMap(({ path, role }) => (role === undefined ? [] : [[path, role]])),
);
