import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@/server/errors";

export type SecretOptions = {
  /** AUTH_SECRET. */
  given: string | undefined;
  /** The folder where this node stores a generated secret. */
  dataDir: string;
  isProduction: boolean;
  /** Whether other nodes may share the database. */
  hasExternalDatabase: boolean;
};

const fileName = "auth-secret";

async function readSecret(path: string): Promise<string | null> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    return text.length >= 32 ? text : null;
  } catch {
    return null;
  }
}

/**
 * The secret that signs session cookies: the given one, or else one that is generated once and stored in the data
 * folder, readable by its owner only.
 * @throws WeirError AUTH_SECRET_MISSING in production with DATABASE_URL: nodes that share sessions must share the
 *   secret
 */
export async function resolveSecret({
  given,
  dataDir,
  isProduction,
  hasExternalDatabase,
}: SecretOptions): Promise<string> {
  if (given !== undefined) return given;
  if (isProduction && hasExternalDatabase) throw new PlatformError("AUTH_SECRET_MISSING");
  const path = join(dataDir, fileName);
  const kept = await readSecret(path);
  if (kept !== null) return kept;
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  try {
    // When several processes start at once, the first secret written wins.
    await link(draft, path);
  } catch (error) {
    if ((await readSecret(path)) === null) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await readSecret(path);
  if (secret === null) throw new TypeError(`${path} holds no secret.`);
  return secret;
}
