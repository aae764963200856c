import type { Role } from "./contract";

export type SessionLifetimes = {
  /** A session that is not used for so long has ended. */
  idleSeconds: number;
  /** No session lives longer, however much it is used. */
  absoluteSeconds: number;
};

const day = 86_400;

export const sessionLifetimes: SessionLifetimes = { idleSeconds: day, absoluteSeconds: 14 * day };

/** A session that was verified, with whom it belongs to. Dates are ISO 8601. */
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

/** The actor of an audit event. */
export type Actor = {
  /** Null for the program itself. */
  readonly id: string | null;
  /** The email, or the name of the program. */
  readonly label: string;
  readonly sessionId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
};
