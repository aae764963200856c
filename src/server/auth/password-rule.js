// @ts-check
// JavaScript, because env.js is read before anything is compiled and holds the first administrator to the same rule.

const shortestPassword = 12;
export const longestPassword = 128;
const fewestDifferent = 6;

/** What the rule asks for, as a sentence to show before a password is typed. */
export const passwordRule = `${shortestPassword} to ${longestPassword} characters, at least ${fewestDifferent} of them different, without your name or email in it, and not easy to guess.`;

/** @param {string} text */
const fold = (text) => text.normalize("NFKC").toLowerCase();

/** In parts of four characters and more: the words of a name, and an email before and after its `@`. */
const wordsOf = (/** @type {readonly string[]} */ texts) =>
  texts.flatMap((text) => [fold(text), ...fold(text).split(/[^\p{L}\p{N}]+/u)]).filter((word) => word.length >= 4);

/**
 * What is wrong with a password at first sight (`password-strength.ts` estimates whether it can be guessed), as the end of a sentence that begins with "The password"; null when nothing is.
 * @param {string} password
 * @param {readonly string[]} [personal] what it must not contain: email, name
 * @returns {string | null}
 */
export function passwordProblem(password, personal = []) {
  const length = Array.from(password).length;
  if (length < shortestPassword) return `must have at least ${shortestPassword} characters`;
  if (length > longestPassword) return `must have at most ${longestPassword} characters`;
  const folded = fold(password);
  if (new Set(folded).size < fewestDifferent) return `must have at least ${fewestDifferent} different characters`;
  if (wordsOf(personal).some((word) => folded.includes(word))) return "must not contain your name or email";
  return null;
}
