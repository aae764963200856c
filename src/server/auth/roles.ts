// No schemas here: every page of the dashboard imports this, and none of them needs zod.

/** In ascending order: each role may do everything the previous ones may. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Whether `role` may do what `needed` may. */
export function hasRole(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
