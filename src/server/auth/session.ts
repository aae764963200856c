import type { Role } from "./contract";

export type SessionLifetimes = {
  /** A session ends after this long without use. */
  idleSeconds: number;
  /** A session ends after this long even when in use. */
  absoluteSeconds: number;
};

const day = 86_400;

export const sessionLifetimes: SessionLifetimes = { idleSeconds: day, absoluteSeconds: 14 * day };

/** A verified session with its user. Dates are ISO 8601. */
export type Session = {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** True while the password is temporary. */
  readonly mustChangePassword: boolean;
};

/** What a procedure requires of a session. */
export type Requirement = {
  /** The lowest role. */
  readonly role: Role;
  /** Also allowed with a temporary password. */
  readonly withTemporaryPassword?: true;
};

/** The actor of an audit event. */
export type Actor = {
  /** Null for the program. */
  readonly id: string | null;
  /** The email, or the name of the program. */
  readonly label: string;
  readonly sessionId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  /** Checked again when a user's act happens (`authority.ts`); `admin` unless given. */
  readonly requires?: Requirement;
};
