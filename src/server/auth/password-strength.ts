import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { PlatformError } from "@/server/errors";
import { passwordProblem } from "./password-rule.js";

const require = createRequire(import.meta.url);

/** Of a longer password its beginning counts: an estimate takes longer than its length grows. */
const maxEstimated = 48;
/** Guesses that a password must withstand, as a power of ten: zxcvbn's "very unguessable". */
const minGuessesLog10 = 10;
const maxWaiting = 16;
const timeoutMs = 10_000;
const idleMs = 30_000;
const productWords = ["weir", "dashboard"];

/**
 * In a thread, because an estimate takes up to half a second of CPU, and the dictionaries 70 MB of memory. As text, because
 * a bundle has no file for it; what it requires is passed as paths.
 */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
const { ZxcvbnFactory } = require(workerData.core);
const common = require(workerData.common);
const english = require(workerData.english);
const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  translations: english.translations,
});
parentPort.on("message", ({ id, password, words }) => {
  const { guessesLog10, feedback } = zxcvbn.check(password, words);
  parentPort.postMessage({ id, guessesLog10, warning: feedback.warning, suggestions: feedback.suggestions });
});
`;

type Estimate = { id: number; guessesLog10: number; warning: string | null; suggestions: readonly string[] };

export type PasswordStrength = {
  /**
   * What is wrong with a new password and what would make it better, in whole sentences; null when nothing is. `personal`
   * is what an attacker tries first: email, name.
   * @throws WeirError SIGN_IN_BUSY when too many wait, or an estimate does not end
   */
  problemOf: (password: string, personal: readonly string[]) => Promise<string | null>;
  close: () => Promise<void>;
};

/** Estimates how many guesses a password withstands (zxcvbn). Starts its thread on first use, and ends it when idle. */
export function createPasswordStrength(): PasswordStrength {
  const waiting = new Map<number, { resolve: (estimate: Estimate) => void; reject: (error: Error) => void }>();
  let worker: Worker | null = null;
  let lastId = 0;
  let idle: NodeJS.Timeout | undefined;

  async function end(error: Error): Promise<void> {
    clearTimeout(idle);
    const ended = worker;
    worker = null;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    await ended?.terminate();
  }

  const busy = (): Error => new PlatformError("SIGN_IN_BUSY", { facts: { retryAfterSeconds: 2 } });

  function open(): Worker {
    const paths = {
      core: require.resolve("@zxcvbn-ts/core"),
      common: require.resolve("@zxcvbn-ts/language-common"),
      english: require.resolve("@zxcvbn-ts/language-en"),
    };
    const opened = new Worker(program, { eval: true, workerData: paths });
    opened.unref();
    opened.on("message", (made: Estimate) => {
      waiting.get(made.id)?.resolve(made);
      waiting.delete(made.id);
    });
    opened.on("error", (error) => {
      if (worker === opened) void end(error);
    });
    return opened;
  }

  async function estimate(password: string, words: readonly string[]): Promise<Estimate> {
    if (waiting.size >= maxWaiting) throw busy();
    clearTimeout(idle);
    const thread = (worker ??= open());
    const id = (lastId += 1);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Estimate>((settle, reject) => {
        waiting.set(id, { resolve: settle, reject });
        timer = setTimeout(() => void end(busy()), timeoutMs);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
        thread.postMessage({ id, password, words });
      });
    } finally {
      clearTimeout(timer);
      if (waiting.size === 0) {
        // Several that ended together come here one after another.
        clearTimeout(idle);
        idle = setTimeout(() => void end(busy()), idleMs);
        idle.unref();
      }
    }
  }

  return {
    problemOf: async (password, personal) => {
      const problem = passwordProblem(password, personal);
      if (problem !== null) return `It ${problem}.`;
      const words = [...personal.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]), ...productWords];
      const beginning = Array.from(password).slice(0, maxEstimated).join("");
      const { guessesLog10, warning, suggestions } = await estimate(beginning, words);
      if (guessesLog10 >= minGuessesLog10) return null;
      const cure = suggestions.length === 0 ? ["Add more words that are less common."] : suggestions;
      return [warning ?? "Its parts are easy to guess.", ...cure].join(" ");
    },
    close: () => end(busy()),
  };
}
