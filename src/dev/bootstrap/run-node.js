// @ts-check
import { spawnSync } from "node:child_process";
import { environmentWith } from "./environment.js";
import { ExplainedError } from "./explained-error.js";

/**
 * Runs a program of Node to its end, with this terminal. Throws when it fails.
 * @param {string} what name for the message
 * @param {string[]} args the file and its arguments
 * @param {Record<string, string>} variables added to this process's environment
 * @param {NodeJS.WriteStream & { fd: number }} output where its stdout goes
 */
export function runNode(what, args, variables = {}, output = process.stdout) {
  const { status, signal, error } = spawnSync(process.execPath, args, {
    stdio: ["inherit", output.fd, "inherit"],
    env: environmentWith(variables),
  });
  if (signal === "SIGINT" || signal === "SIGTERM") process.exit(130);
  if (error !== undefined) throw new ExplainedError(`${what} could not be started: ${error.message}`);
  if (status !== 0) throw new ExplainedError(`${what} failed (exit code ${status ?? signal}); see its output above.`);
}
