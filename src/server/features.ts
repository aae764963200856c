import { servers } from "@/features";
import type { AnyFeatureServer } from "./rpc/feature-server";

/** The server's half of every feature in the list, by name. */
export type BundledFeatures = {
  readonly [Name in keyof typeof servers]: (typeof servers)[Name] extends () => Promise<{ server: infer Server }>
    ? Server
    : never;
};

/** Loads the server's half of every feature in the list. */
export async function loadFeatures(): Promise<BundledFeatures> {
  // With its type, because the list may be empty.
  const listed: Readonly<Record<string, () => Promise<{ server: AnyFeatureServer }>>> = servers;
  const loaded = Object.entries(listed).map(async ([name, load]) => [name, (await load()).server] as const);
  // The same names, each with what its import resolves to.
  return Object.fromEntries(await Promise.all(loaded)) as BundledFeatures;
}
