import { spawn } from "node:child_process";

export type LastWill = {
  /** Called after everything was cleaned up in order: the will is then torn up. */
  revoke: () => Promise<void>;
};

// The processes of a killed Postgres take a moment to notice, and may still write into the folder meanwhile.
// A server that initdb runs for itself puts a minus before its number; it ends with initdb.
const cleanUp = `
for file in "$1"/*.pid "$1"/*/postgres/postmaster.pid "$1"/*/redis-*/redis.pid; do
  read -r pid 2>/dev/null < "$file" || continue
  case "$pid" in *[!0-9]*|"") ;; *) kill -9 "$pid" 2>/dev/null ;; esac
done
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  sleep 1
  rm -rf "$1" && break
done
`;

/** A shell in a session of its own waits: its standard input ends when this process does, however that comes. */
function atMyDeath(script: string, argument: string): LastWill {
  const shell = spawn("/bin/sh", ["-c", `read -r word && exit 0\n${script}`, "last-will", argument], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.unref();
  // A shell that is gone has nothing left to be told.
  shell.stdin.on("error", () => {});
  return {
    revoke: () =>
      new Promise((resolve) => {
        shell.once("exit", () => resolve());
        if (shell.exitCode !== null || shell.signalCode !== null) resolve();
        // Until here it did not keep this process going; now its end is waited for.
        shell.ref();
        shell.stdin.end("done\n");
      }),
  };
}

/**
 * What is still to be done should this process die without cleaning up, be it by `kill -9`: end what has a `*.pid` file in
 * `folder` and the services whose data folders lie in it, and remove the folder.
 */
export function leaveLastWill(folder: string): LastWill {
  return atMyDeath(cleanUp, folder);
}

/** Should this process die before `revoke`, that one is asked to end as well. */
export function endWithMe(pid: number): LastWill {
  return atMyDeath('kill -TERM "$1"', String(pid));
}
