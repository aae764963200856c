import type { QueryClient } from "@tanstack/react-query";
import type { ComponentType } from "react";
import type { Role } from "@/server/auth/contract";
import type { useTRPC } from "@/ui/rpc/provider";
import { featurePages } from "./feature-pages";

/** The groups of the navigation, in their order. */
export const pageGroups = ["Overview", "Data path", "System", "Access"] as const;
export type PageGroup = (typeof pageGroups)[number];

/** One page of the dashboard, and all that the rest of the application knows of it. */
export type AdminPage = {
  path: string;
  /** In the navigation, the command palette and the document's title. */
  title: string;
  /** Pressed after `g`; null for a page that is not in the navigation. */
  key: string | null;
  /** The lowest role that may see it. */
  role: Role;
  /** Null: reached by its address only. */
  group: PageGroup | null;
  /** A tab at the bottom of a phone; the other pages are behind "More". Four at most. */
  isTab?: boolean;
  /** A file that ends in `-page.tsx`, with the component as its default export: its code is loaded with the page. */
  load: () => Promise<{ default: ComponentType }>;
  /** Queries that run while the server renders the page, which then arrives with their data. */
  prefetch?: (trpc: ReturnType<typeof useTRPC>, queries: QueryClient) => Promise<unknown>;
};

/**
 * The dashboard's pages in the order of the navigation. A server component takes what it needs from `pageAt`: if it
 * imported this list, Next would send every page's code with each of them.
 */
export const adminPages: readonly AdminPage[] = [
  {
    path: "/admin",
    title: "Overview",
    key: "o",
    role: "viewer",
    group: "Overview",
    isTab: true,
    load: () => import("./overview/ui/overview-page"),
  },
  {
    path: "/admin/cache",
    title: "Cache",
    key: "c",
    role: "viewer",
    group: "Data path",
    isTab: true,
    load: () => import("./cache/ui/cache-page"),
  },
  {
    path: "/admin/keys",
    title: "Keys",
    key: "k",
    role: "viewer",
    group: "Data path",
    load: () => import("./keys/ui/keys-page"),
  },
  {
    path: "/admin/queries",
    title: "Queries",
    key: "q",
    role: "viewer",
    group: "Data path",
    isTab: true,
    load: () => import("./queries/ui/queries-page"),
  },
  {
    path: "/admin/procedures",
    title: "Procedures",
    key: "p",
    role: "viewer",
    group: "Data path",
    isTab: true,
    load: () => import("./procedures/ui/procedures-page"),
  },
  {
    path: "/admin/traces",
    title: "Traces",
    key: "t",
    role: "viewer",
    group: "Data path",
    load: () => import("./traces/ui/traces-page"),
  },
  {
    path: "/admin/nodes",
    title: "Nodes",
    key: "n",
    role: "viewer",
    group: "System",
    load: () => import("./nodes/ui/nodes-page"),
  },
  {
    path: "/admin/observer",
    title: "Observer",
    key: "b",
    role: "viewer",
    group: "System",
    load: () => import("./observer/ui/observer-page"),
  },
  {
    path: "/admin/observer/design",
    title: "Design",
    key: null,
    role: "viewer",
    group: null,
    load: () => import("./observer/ui/design-page"),
  },
  {
    path: "/admin/users",
    title: "Users",
    key: "u",
    role: "admin",
    group: "Access",
    load: () => import("./users/ui/users-page"),
  },
  {
    path: "/admin/audit",
    title: "Audit log",
    key: "l",
    role: "admin",
    group: "Access",
    load: () => import("./audit/ui/audit-page"),
  },
  {
    path: "/admin/account",
    title: "Account",
    key: "a",
    role: "viewer",
    group: "Access",
    load: () => import("./account/ui/account-page"),
    prefetch: ({ account }, queries) => queries.prefetchQuery(account.sessions.queryOptions()),
  },
];

/**
 * The pages that require a role, with the lowest role that may see them. Pages below a listed page inherit its role,
 * unless they are listed themselves.
 */
export const pageRoles: Readonly<Record<string, Role>> = Object.fromEntries(
  [...adminPages, ...featurePages].flatMap(({ path, role }) => (role === undefined ? [] : [[path, role]])),
);
