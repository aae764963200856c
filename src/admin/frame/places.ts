import { CircleUser, Gauge, type LucideIcon, ScrollText, Square, Users } from "lucide-react";
import { type AdminPage, adminPages } from "../pages";

export type Place = AdminPage & { Icon: LucideIcon };

const icons: Readonly<Record<string, LucideIcon>> = {
  "/admin": Gauge,
  "/admin/users": Users,
  "/admin/audit": ScrollText,
  "/admin/account": CircleUser,
};

/** The dashboard's pages in their order, each with its icon. */
export const places: readonly Place[] = adminPages.map((page) => ({ ...page, Icon: icons[page.path] ?? Square }));
