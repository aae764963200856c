// No schemas here: the page lists these, and needs no zod.
import { features } from "@/features";
import type { Feature } from "@/server/rpc/feature";

/** The audit events of the platform. */
const platformActions = [
  "session.signIn",
  "session.signInFailed",
  "session.signOut",
  "session.revoke",
  "session.revokeOthers",
  "account.changePassword",
  "account.changeName",
  "people.create",
  "people.setRole",
  "people.resetPassword",
  "people.disable",
  "people.enable",
  "people.revokeSessions",
  "cache.invalidate",
  "cache.deletePrefix",
  "statement.analyze",
  "trace.pin",
  "trace.unpin",
  "traffic.start",
] as const;

type EventsOf<Listed> = Listed extends { auditEvents: infer Events } ? keyof Events & string : never;
type FeatureAction = EventsOf<(typeof features)[number]>;
/** A list, because the features may be none. */
type Sources = [{ auditEvents: Record<(typeof platformActions)[number], string> }, ...typeof features];
export type AuditAction = EventsOf<Sources[number]>;

/** Every event that is recorded: of the platform and of the features. */
export const auditActions: readonly AuditAction[] = [
  ...platformActions,
  // Object.keys widens the keys it returns.
  ...features.flatMap(({ auditEvents }: Feature) => Object.keys(auditEvents) as FeatureAction[]),
];
