import type { Role } from "@/server/auth/contract";

/** The permissions of each role, as the end of a sentence. */
export const roleDuties: Readonly<Record<Role, string>> = {
  viewer: "can view the dashboard",
  operator: "can view the dashboard, invalidate the cache and edit data",
  admin: "can do everything, including managing users and reading the audit log",
};
