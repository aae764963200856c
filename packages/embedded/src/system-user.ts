import { lastLine, plainEnvironment, runProgram } from "./run-program";
import { ServiceError } from "./service-error";

/** Whom the services run as: nothing to change, or the ids of a system user. */
export type RunAs = { uid?: number; gid?: number };

const name = "postgres";

async function lookUp(): Promise<RunAs | null> {
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => runProgram("id", [flag, name])));
  if (uid?.code !== 0 || gid?.code !== 0) return null;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

/**
 * Postgres refuses to run as root, and Redis should not: for root it is the system user `postgres`, made when missing.
 * Everybody else runs the services as themselves.
 */
export async function servicesUser(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {};
  const known = await lookUp();
  if (known !== null) return known;
  const made = await runProgram("useradd", ["--system", "--user-group", "--no-create-home", name]);
  const user = await lookUp();
  if (user !== null) return user;
  throw new ServiceError(
    `Postgres does not run as root, and the system user "${name}" could not be made (${lastLine(made.output)}). Make it, run this as another user, or set DATABASE_URL.`,
  );
}

/** Whether that user can do with the path what the shell's `test` asks for (`-x` a program or a folder to enter). */
export async function userCanReach(user: RunAs, path: string): Promise<boolean> {
  if (user.uid === undefined) return true;
  const asked = await runProgram("/bin/sh", ["-c", 'test -x "$0"', path], { ...user, cwd: "/", env: plainEnvironment });
  return asked.code === 0;
}
