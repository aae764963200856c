import { features } from "@/features";
import type { Feature } from "@/server/rpc/feature";
import { z } from "@/server/rpc/zod";

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

export const auditListInput = z
  .strictObject({
    /** The `nextCursor` of the previous page. */
    cursor: z
      .string()
      .regex(/^[1-9]\d{0,17}$/, "Pass the nextCursor of the previous page.")
      .nullish(),
    /** Sent by infinite queries; there is only one direction. */
    direction: z.literal("forward").optional(),
    limit: z.int().min(1).max(100).default(50),
    action: z.enum(auditActions).optional(),
    actorId: z
      .string()
      .regex(/^[\w-]{1,64}$/, "An ID has 1 to 64 letters, digits, dashes or underscores.")
      .optional(),
  })
  .prefault({});
export type AuditListInput = z.infer<typeof auditListInput>;

/** The fields before or after a change: plain JSON, without secrets. */
export type AuditFacts = { [name: string]: string | number | boolean | null | string[] };

export type AuditEntry = {
  id: string;
  /** ISO 8601. */
  at: string;
  action: AuditAction;
  /** `id` is null for the command line and for failed sign-ins; `label` is the email or the name of the program. */
  actor: { id: string | null; label: string };
  /** The affected entity, such as `person:<id>` or `session:<id>`; null if there is none. */
  subject: string | null;
  before: AuditFacts | null;
  after: AuditFacts | null;
  /** The client's IP address; null for the command line. */
  address: string | null;
  /** The `X-Request-Id` of the call. */
  requestId: string | null;
};

/** Newest first; `nextCursor` is null on the last page. */
export type AuditPage = { entries: AuditEntry[]; nextCursor: string | null };
