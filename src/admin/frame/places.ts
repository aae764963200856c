import { CircleUser, Gauge, type LucideIcon, ScrollText, Users } from "lucide-react";
import type { Role } from "@/server/auth/contract";

export type Place = {
  href: string;
  label: string;
  Icon: LucideIcon;
  /** Pressed after `g`. */
  key: string;
  /** The lowest role that may see it. */
  role: Role;
};

/** The dashboard's pages in their order. Who may not see one is not shown the way there. */
export const places: readonly Place[] = [
  { href: "/admin", label: "Overview", Icon: Gauge, key: "o", role: "viewer" },
  { href: "/admin/people", label: "People", Icon: Users, key: "p", role: "admin" },
  { href: "/admin/audit", label: "Audit", Icon: ScrollText, key: "u", role: "admin" },
  { href: "/admin/account", label: "Account", Icon: CircleUser, key: "a", role: "viewer" },
];
