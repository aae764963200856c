// @ts-check
// The environment that child processes inherit. src/env.js, which reads and checks the application's variables,
// needs packages that may not be installed yet.

/**
 * This process's environment with these variables set.
 * @param {Record<string, string>} variables
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentWith(variables) {
  return { ...process.env, ...variables };
}

/**
 * Sets variables for this process and its later child processes.
 * @param {Record<string, string>} variables
 */
export function setVariables(variables) {
  Object.assign(process.env, variables);
}

/** The npm that started this process, as a file for Node; null when it was another program. */
export function runningNpm() {
  const file = process.env["npm_execpath"];
  return file !== undefined && file.endsWith("npm-cli.js") ? file : null;
}

/**
 * A variable that does not belong to the application: a switch of a test or a tool.
 * @param {string} name
 * @returns {string | undefined}
 */
export function readVariable(name) {
  return process.env[name];
}
