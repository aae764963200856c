import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { systemCode } from "../service-error";
import { writePrivateFile } from "./private-files";

// Letters and digits only: a password stands unescaped in URLs, SQL and Redis' configuration.
const password = z.string().regex(/^[0-9a-f]{64}$/u);
const passwordsSchema = z.object({ postgres: password, cache: password, queue: password });
export type Passwords = z.output<typeof passwordsSchema>;

const newPassword = (): string => randomBytes(32).toString("hex");

/**
 * The passwords of the services, generated once and kept in `passwords.json`, which only the owner of the folder can read.
 * A file without usable passwords is replaced: the servers get the new ones when they start.
 */
export function ensurePasswords(dataDir: string, log: (line: string) => void): Passwords {
  const file = join(dataDir, "passwords.json");
  const known = readPasswords(file);
  if (known !== null) return known;
  if (existsSync(file)) log(`${file} contains no usable passwords: Postgres and Redis get new ones.`);
  const made = { postgres: newPassword(), cache: newPassword(), queue: newPassword() };
  writePrivateFile(file, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

/** Null for a missing file and for one without usable passwords. */
function readPasswords(file: string): Passwords | null {
  try {
    return passwordsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const code = systemCode(error);
    if (code !== null && code !== "ENOENT") throw error;
    return null;
  }
}
