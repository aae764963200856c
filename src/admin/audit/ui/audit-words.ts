import type { AuditAction } from "../contract";

/** What somebody did, to stand between who it was and what it was done to. */
export const actionWords: Readonly<Record<AuditAction, string>> = {
  "session.signIn": "signed in",
  "session.signInFailed": "failed to sign in",
  "session.signOut": "signed out",
  "session.revoke": "ended a session",
  "session.revokeOthers": "ended all other sessions",
  "account.changePassword": "changed their password",
  "account.changeName": "changed their name",
  "people.create": "added a person",
  "people.setRole": "changed the role",
  "people.resetPassword": "reset the password",
  "people.disable": "disabled the account",
  "people.enable": "enabled the account",
  "people.revokeSessions": "ended all sessions",
  "city.update": "changed a city",
  "city.import": "imported the cities",
  "cache.invalidate": "invalidated the cache",
  "cache.deletePrefix": "deleted keys by their prefix",
  "statement.analyze": "ran a statement to measure it",
  "trace.pin": "pinned a trace",
  "trace.unpin": "unpinned a trace",
};

export type SubjectWords = { text: string; href: string | null };

/** What was acted upon, in words; null where the action says it all. `emailOf` knows people by their ids. */
export function describeSubject(subject: string | null, emailOf: (id: string) => string | null): SubjectWords | null {
  if (subject === null) return null;
  const at = subject.indexOf(":");
  const kind = at === -1 ? "" : subject.slice(0, at);
  const name = subject.slice(at + 1);
  if (kind === "person") return { text: emailOf(name) ?? subject, href: null };
  if (kind === "session") return null;
  if (kind === "city" && /^\d+$/.test(name)) return { text: `city ${name}`, href: `/?city=${name}` };
  return { text: subject, href: null };
}
