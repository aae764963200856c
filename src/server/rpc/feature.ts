import type { ErrorCatalogue } from "@weir/core/errors";
import type { ComponentType } from "react";
import type { Role } from "@/server/auth/contract";

/** A page of a feature. Pages stand below no prefix: a feature may own `/`. */
export type FeaturePage = {
  /** `/` or `/orders`. */
  path: string;
  /** Of the document, before the name of the application. */
  title: string;
  description?: string;
  /** The lowest role that may see it; absent when it is open to everyone. */
  role?: Role;
  /** Its entry in the header, and the key that follows `g` on the dashboard; absent for pages that others link to. */
  navigation?: { label: string; key: string };
  /** The component of the page. Loaded when the page is rendered. */
  load: () => Promise<{ default: ComponentType }>;
};

/** What an audit event is about, in words, with a link where there is a page for it. */
export type SubjectText = { text: string; href: string | null };

/**
 * What a feature contributes that browsers and the server both know: plain data, and nothing that imports the server. Its
 * other half is `server.ts` (`defineFeatureServer`).
 */
export type Feature = {
  /** The name of its folder, and of its service in `runtime.services`. */
  name: string;
  pages: readonly FeaturePage[];
  /** What its procedures fail with (`defineErrors`). */
  errors: { readonly catalogue: ErrorCatalogue };
  /** What its audit events say, between the actor and the subject: `"order.refund": "refunded an order"`. */
  auditEvents: Readonly<Record<string, string>>;
  /** The subject of its audit events in words: `describe("order:42")`; null for a subject of another feature. */
  describeSubject?: (subject: string) => SubjectText | null;
};

/** Keeps the literal types, from which error codes and audit events are inferred. */
export function defineFeature<const Definition extends Feature>(definition: Definition): Definition {
  return definition;
}
