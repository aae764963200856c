import type { Role } from "@/server/auth/contract";

/** What each role does, in a few words. */
export const roleDuties: Readonly<Record<Role, string>> = {
  viewer: "sees the dashboard",
  operator: "sees the dashboard, invalidates the cache and edits cities",
  admin: "does everything: also manages users and reads the audit log",
};
