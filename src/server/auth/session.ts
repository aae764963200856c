import type { Role } from "./contract";

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
