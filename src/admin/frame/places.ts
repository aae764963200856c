import {
  CircleUser,
  Database,
  FlaskConical,
  Gauge,
  KeyRound,
  Layers,
  ListChecks,
  type LucideIcon,
  Radar,
  ScrollText,
  Server,
  Square,
  SquareFunction,
  Users,
  Waypoints,
} from "lucide-react";
import { hasRole, type Role } from "@/server/auth/roles";
import { type AdminPage, adminPages } from "../pages";

/** A page in the navigation. */
export type Place = AdminPage & { key: string; Icon: LucideIcon };

/** Not in the list of pages, which the server imports too. */
const icons: Readonly<Record<string, LucideIcon>> = {
  "/admin": Gauge,
  "/admin/cache": Layers,
  "/admin/keys": KeyRound,
  "/admin/queries": Database,
  "/admin/procedures": SquareFunction,
  "/admin/traces": Waypoints,
  "/admin/nodes": Server,
  "/admin/jobs": ListChecks,
  "/admin/lab": FlaskConical,
  "/admin/observer": Radar,
  "/admin/users": Users,
  "/admin/audit": ScrollText,
  "/admin/account": CircleUser,
};

/** The pages of the navigation in their order, each with its icon. */
export const places: readonly Place[] = adminPages.flatMap((page) =>
  page.key === null ? [] : [{ ...page, key: page.key, Icon: icons[page.path] ?? Square }],
);

/** The pages that a role may see. */
export const placesFor = (role: Role): readonly Place[] => places.filter((place) => hasRole(role, place.role));
