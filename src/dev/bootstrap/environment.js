// @ts-check
// The environment as programs that are started inherit it. src/env.js, which reads and checks the application's variables,
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
 * Sets variables for this process and for all that it starts from now on.
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
 * One variable that is none of the application's: a switch of a test or a tool.
 * @param {string} name
 * @returns {string | undefined}
 */
export function readVariable(name) {
  return process.env[name];
}
