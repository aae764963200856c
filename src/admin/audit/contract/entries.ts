import { type AuditAction, auditActions } from "./actions";
import { z } from "@/server/rpc/zod";

export * from "./actions";

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
