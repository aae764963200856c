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

/** A request with this header came to a node without features: its pages have no links to those of features. */
export const withoutFeatures = "x-weir-without-features";

/** The pages of all features. */
export const featurePages = features.flatMap(({ pages }: Feature) => pages);

/**
 * The pages that are not open to everyone, with the lowest role that sees them. A page below one of them has its role,
 * unless it is listed itself.
 */
export const pageRoles: Readonly<Record<string, Role>> = Object.fromEntries(
  [...adminPages, ...featurePages].flatMap(({ path, role }) => (role === undefined ? [] : [[path, role]])),
);
