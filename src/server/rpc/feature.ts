import type { ErrorCatalogue } from "@weir/core/errors";
import type { ComponentType } from "react";
import type { Role } from "@/server/auth/contract";

/** A page of a feature. Pages have no prefix: a feature may own `/`. */
export type FeaturePage = {
  /** `/` or `/orders`. */
  path: string;
  /** The document title, before the name of the application. */
  title: string;
  description?: string;
  /** The lowest role that may see it; absent for a public page. */
  role?: Role;
  /** Its entry in the header, and the key that follows `g` on the dashboard; absent for pages that others link to. */
  navigation?: { label: string; key: string };
  /** `() => import("./ui/orders-page")`: a file that ends in `-page.tsx`, with the component as its default export. */
  load: () => Promise<{ default: ComponentType }>;
};

/** The subject of an audit event in words, with a link when it has a page. */
export type SubjectText = { text: string; href: string | null };

/**
 * The part of a feature that browser and server share: plain data, and nothing that imports the server. Its other half
 * is `server.ts` (`defineFeatureServer`).
 */
export type Feature = {
  /** The name of its folder, and of its service in `runtime.services`. */
  name: string;
  pages: readonly FeaturePage[];
  /** The errors of its procedures (`defineErrors`). */
  errors: { readonly catalogue: ErrorCatalogue };
  /** The text of its audit events, between the actor and the subject: `"order.refund": "refunded an order"`. */
  auditEvents: Readonly<Record<string, string>>;
  /** The subject of its audit events in words: `describe("order:42")`; null for a subject of another feature. */
  describeSubject?: (subject: string) => SubjectText | null;
};

/** Keeps the literal types, from which error codes and audit events are inferred. */
export function defineFeature<const Definition extends Feature>(definition: Definition): Definition {
  return definition;
}
