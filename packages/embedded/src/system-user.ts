import { lastLine, plainEnvironment, runProgram } from "./processes";
import { ServiceError } from "./service-error";

/** The user that the services run as: the IDs of a system user, or empty for the current one. */
export type RunAs = { uid?: number; gid?: number };

const name = "postgres";

async function lookUp(): Promise<RunAs | null> {
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => runProgram("id", [flag, name])));
  if (uid?.code !== 0 || gid?.code !== 0) return null;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

/**
 * Postgres refuses to run as root, and Redis should not: for root this is the system user `postgres`, created if missing.
 * For any other user it is that user.
 */
export async function servicesUser(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {};
  const known = await lookUp();
  if (known !== null) return known;
  const created = await runProgram("useradd", ["--system", "--user-group", "--no-create-home", name]);
  const user = await lookUp();
  if (user !== null) return user;
  throw new ServiceError(
    `Postgres does not run as root, and the system user "${name}" could not be created (${lastLine(created.output)}). Create it, run this as another user, or set DATABASE_URL.`,
  );
}

/** Whether the user may run the program, or enter the folder, at this path. */
export async function userCanReach(user: RunAs, path: string): Promise<boolean> {
  if (user.uid === undefined) return true;
  const result = await runProgram("/bin/sh", ["-c", 'test -x "$0"', path], {
    ...user,
    cwd: "/",
    env: plainEnvironment,
  });
  return result.code === 0;
}
