import { servers } from "@/features";

/** The server's half of every feature in the list, by name. */
export type BundledFeatures = {
  readonly [Name in keyof typeof servers]: Awaited<ReturnType<(typeof servers)[Name]>>["server"];
};

/** Loads the server's half of every feature in the list. */
export async function loadFeatures(): Promise<BundledFeatures> {
  const loaded = Object.entries(servers).map(async ([name, load]) => [name, (await load()).server] as const);
  // The same names, each with what its import resolves to.
  return Object.fromEntries(await Promise.all(loaded)) as BundledFeatures;
}
