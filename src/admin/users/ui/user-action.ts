import { hasRole, type User, type Role } from "@/server/auth/contract";

/** What an administrator may do to somebody. */
export type UserAction =
  | { kind: "setRole"; role: Role }
  | { kind: "resetPassword" }
  | { kind: "disable" }
  | { kind: "enable" }
  | { kind: "revokeSessions" };

export type ActWords = {
  /** The question. */
  title: string;
  /** The deed, as the button says it. */
  action: string;
  /** What follows from it. */
  consequence: string;
  /** What was done, once it is. */
  done: string;
  isDangerous: boolean;
};

const sessionsOf = (count: number): string =>
  count === 0 ? "Nobody is signed in to it now." : count === 1 ? "One session ends." : `${count} sessions end.`;

const gained: Readonly<Record<Role, string>> = {
  viewer: "may see the dashboard, and no more",
  operator: "may also invalidate the cache and edit cities",
  admin: "may do everything, also to your account",
};

/** The words of one act: asked before it is done, and told after. */
export function describeAct(act: UserAction, { name, role, sessions }: User): ActWords {
  switch (act.kind) {
    case "setRole":
      return {
        title: `Make ${name} ${act.role}?`,
        action: `Make ${act.role}`,
        consequence: `${name} is ${role} now, and then ${gained[act.role]}. ${sessionsOf(sessions)} The next sign-in has the new role.`,
        done: `${name} is ${act.role} now.`,
        isDangerous: !hasRole(act.role, role),
      };
    case "resetPassword":
      return {
        title: `Reset the password of ${name}?`,
        action: "Reset the password",
        consequence: `The present password stops working at once. ${sessionsOf(sessions)} You are shown a temporary password, once, to pass on.`,
        done: `${name} has a temporary password.`,
        isDangerous: true,
      };
    case "disable":
      return {
        title: `Disable the account of ${name}?`,
        action: "Disable the account",
        consequence: `${name} can no longer sign in. ${sessionsOf(sessions)} Nothing is deleted; the account can be enabled again.`,
        done: `The account of ${name} is disabled.`,
        isDangerous: true,
      };
    case "enable":
      return {
        title: `Enable the account of ${name}?`,
        action: "Enable the account",
        consequence: `${name} can sign in again as ${role}, with the password from before.`,
        done: `The account of ${name} is enabled.`,
        isDangerous: false,
      };
    case "revokeSessions":
      return {
        title: `End all sessions of ${name}?`,
        action: "End all sessions",
        consequence: `${sessionsOf(sessions)} ${name} can sign in again with the same password; if somebody else knows it, reset it instead.`,
        done: `${name} is signed out everywhere.`,
        isDangerous: true,
      };
  }
}
