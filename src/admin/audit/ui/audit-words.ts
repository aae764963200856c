import { features } from "@/features";
import type { Feature, SubjectText } from "@/server/rpc/feature";
import type { AuditAction } from "../contract/entries";

/** What happened, to stand between the actor and the subject. */
export const actionWords: Readonly<Partial<Record<AuditAction, string>>> = {
  "session.signIn": "signed in",
  "session.signInFailed": "failed to sign in",
  "session.signOut": "signed out",
  "session.revoke": "ended a session",
  "session.revokeOthers": "ended all other sessions",
  "account.changePassword": "changed their password",
  "account.changeName": "changed their name",
  "people.create": "added a user",
  "people.setRole": "changed the role",
  "people.resetPassword": "reset the password",
  "people.disable": "disabled the user",
  "people.enable": "enabled the user",
  "people.revokeSessions": "ended all sessions",
  "cache.invalidate": "invalidated the cache",
  "cache.deletePrefix": "deleted keys by their prefix",
  "statement.analyze": "ran a statement to measure it",
  "trace.pin": "pinned a trace",
  "trace.unpin": "unpinned a trace",
  "traffic.start": "sent sample traffic",
  ...Object.assign({}, ...features.map(({ auditEvents }: Feature) => auditEvents)),
};

/** The subject in words; null where the action says it all. `emailOf` knows users by their IDs. */
export function describeSubject(subject: string | null, emailOf: (id: string) => string | null): SubjectText | null {
  if (subject === null) return null;
  const at = subject.indexOf(":");
  const kind = at === -1 ? "" : subject.slice(0, at);
  const name = subject.slice(at + 1);
  if (kind === "person") return { text: emailOf(name) ?? subject, href: null };
  if (kind === "session") return null;
  for (const { describeSubject: describe } of features as readonly Feature[]) {
    const described = describe?.(subject);
    if (described !== undefined && described !== null) return described;
  }
  return { text: subject, href: null };
}
