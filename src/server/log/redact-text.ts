export const redacted = "[redacted]";

const rules: readonly (readonly [RegExp, string])[] = [
  // postgres://user:password@host
  [/(:\/\/[^/\s:@]*):[^/\s@]+@/g, `$1:${redacted}@`],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, `$1 ${redacted}`],
];

/** The text without passwords in URLs and without what follows `Bearer` and `Basic`. */
export function hideCredentials(text: string): string {
  return rules.reduce((rest, [secret, instead]) => rest.replaceAll(secret, instead), text);
}
