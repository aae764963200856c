import type { User } from "@/server/auth/contract";
import { hasRole, type Role } from "@/server/auth/roles";

/** An action of an administrator on a user. */
export type UserAction =
  | { kind: "setRole"; role: Role }
  | { kind: "resetPassword" }
  | { kind: "disable" }
  | { kind: "enable" }
  | { kind: "revokeSessions" };

export type ActionWords = {
  /** The question. */
  title: string;
  /** The label of the confirming button. */
  action: string;
  /** The consequences. */
  consequence: string;
  /** The result, shown afterwards. */
  done: string;
  isDangerous: boolean;
};

const sessionsOf = (count: number): string =>
  count === 0 ? "No sessions are active." : count === 1 ? "This ends 1 session." : `This ends ${count} sessions.`;

const permissions: Readonly<Record<Role, string>> = {
  viewer: "can only view the dashboard",
  operator: "can also invalidate the cache and edit data",
  admin: "can do everything, including managing your account",
};

/** The texts of an action: the confirmation before it and the result after it. */
export function describeAction(action: UserAction, { name, role, sessions }: User): ActionWords {
  switch (action.kind) {
    case "setRole":
      return {
        title: `Make ${name} ${action.role}?`,
        action: `Make ${action.role}`,
        consequence: `${name} is currently ${role}. As ${action.role}, ${name} ${permissions[action.role]}. ${sessionsOf(sessions)} The new role applies from the next sign-in.`,
        done: `${name} is now ${action.role}.`,
        isDangerous: !hasRole(action.role, role),
      };
    case "resetPassword":
      return {
        title: `Reset the password of ${name}?`,
        action: "Reset password",
        consequence: `The current password stops working immediately. ${sessionsOf(sessions)} You get a temporary password to pass on. It is shown only once.`,
        done: `${name} now has a temporary password.`,
        isDangerous: true,
      };
    case "disable":
      return {
        title: `Disable ${name}?`,
        action: "Disable user",
        consequence: `${name} can no longer sign in. ${sessionsOf(sessions)} Nothing is deleted, and you can enable the user again.`,
        done: `${name} is disabled.`,
        isDangerous: true,
      };
    case "enable":
      return {
        title: `Enable ${name}?`,
        action: "Enable user",
        consequence: `${name} can sign in again as ${role}, with the same password as before.`,
        done: `${name} is enabled.`,
        isDangerous: false,
      };
    case "revokeSessions":
      return {
        title: `End all sessions of ${name}?`,
        action: "End all sessions",
        consequence: `${sessionsOf(sessions)} ${name} can sign in again with the same password. If it may be compromised, reset the password instead.`,
        done: `${name} is signed out everywhere.`,
        isDangerous: true,
      };
  }
}
