import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
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
  /** Called with one line about a file that others could read. */
  warn: (line: string) => void;
};

const fileName = "auth-secret";

const minLength = 32;
const cure = "Restore it from a backup, or remove it: a new secret is generated, and all users sign in again.";

/** Null for a missing file. A file that others can read is restricted to its owner. */
async function readSecret(path: string, warn: (line: string) => void): Promise<string | null> {
  let text: string;
  try {
    const found = await stat(path);
    if (found.isFile() && (found.mode & 0o077) !== 0) {
      await chmod(path, 0o600);
      warn(
        `Other accounts could read ${path}, which signs sessions; they no longer can. To be safe, remove it: all users sign in again.`,
      );
    }
    text = (await readFile(path, "utf8")).trim();
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return null;
    throw new PlatformError("AUTH_SECRET_UNUSABLE", {
      detail: `${path} cannot be read (${codeOf(cause)}). ${cure}`,
      cause,
    });
  }
  if (text.length >= minLength) return text;
  throw new PlatformError("AUTH_SECRET_UNUSABLE", {
    detail:
      text === ""
        ? `${path} is empty. ${cure}`
        : `${path} has ${text.length} characters; at least ${minLength} are required. ${cure}`,
  });
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

/** Creates the file unless it exists. It is on disk before it has its name, so that a power failure leaves no empty one. */
async function createSecret(dataDir: string, path: string): Promise<void> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(dataDir, { recursive: true });
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(`${randomBytes(32).toString("base64url")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // When several processes start at once, the first secret written wins.
    await link(draft, path);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === "EEXIST") return;
    const why = code === "ENOSPC" ? "its disk is full; free some space" : `${code}; set DATA_DIR to another folder`;
    throw new PlatformError("AUTH_SECRET_UNUSABLE", {
      detail: `It could not be written to ${dataDir} (${why}). Or set AUTH_SECRET.`,
      cause,
    });
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * The secret that signs session cookies: the given one, or else one that is generated once and stored in the data
 * folder, readable by its owner only.
 * @throws WeirError AUTH_SECRET_MISSING in production with DATABASE_URL: nodes that share sessions must share the
 *   secret. AUTH_SECRET_UNUSABLE when the stored one is empty, too short or unreadable, or cannot be stored
 */
export async function resolveSecret({
  given,
  dataDir,
  isProduction,
  hasExternalDatabase,
  warn,
}: SecretOptions): Promise<string> {
  if (given !== undefined) return given;
  if (isProduction && hasExternalDatabase) throw new PlatformError("AUTH_SECRET_MISSING");
  const path = join(dataDir, fileName);
  const kept = await readSecret(path, warn);
  if (kept !== null) return kept;
  await createSecret(dataDir, path);
  const secret = await readSecret(path, warn);
  if (secret === null) throw new TypeError(`${path} was removed while it was read.`);
  return secret;
}
