import { spawn } from "node:child_process";

/** Work that a helper process does when this process dies. */
export type DeathCleanup = {
  /** Call it when there is nothing left to clean up. */
  cancel: () => Promise<void>;
};

// The processes of a killed Postgres take a moment to notice, and may still write into the folder meanwhile.
// A server that initdb runs for itself writes a minus before its process ID; it ends with initdb.
const cleanUpScript = `
for file in "$1"/*.pid "$1"/*/postgres/postmaster.pid "$1"/*/redis-*/redis.pid; do
  read -r pid 2>/dev/null < "$file" || continue
  case "$pid" in *[!0-9]*|"") ;; *) kill -9 "$pid" 2>/dev/null ;; esac
done
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  sleep 1
  rm -rf "$1" && break
done
`;

/** A shell in a session of its own waits: its standard input closes when this process ends in any way. */
function runOnDeath(script: string, argument: string): DeathCleanup {
  const shell = spawn("/bin/sh", ["-c", `read -r word && exit 0\n${script}`, "cleanup-on-death", argument], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.unref();
  // Thrown when the shell has ended already.
  shell.stdin.on("error", () => {});
  return {
    cancel: () =>
      new Promise((resolve) => {
        shell.once("exit", () => resolve());
        if (shell.exitCode !== null || shell.signalCode !== null) resolve();
        // From here on the shell keeps this process alive until it ends.
        shell.ref();
        shell.stdin.end("done\n");
      }),
  };
}

/**
 * When this process dies without cleaning up, even by `kill -9`: kills the processes that have a `*.pid` file in `folder`
 * and the services whose data is in it, and removes the folder.
 */
export function cleanUpOnDeath(folder: string): DeathCleanup {
  return runOnDeath(cleanUpScript, folder);
}

/** Asks the process to end (SIGTERM) when this process dies before `cancel`. */
export function endOnDeath(pid: number): DeathCleanup {
  return runOnDeath('kill -TERM "$1"', String(pid));
}
