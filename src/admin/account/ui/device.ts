type Rule = readonly [pattern: RegExp, name: string];

// The first match counts: most browsers also carry the names of their ancestors.
const browsers: readonly Rule[] = [
  [/\bEdgA?\/|\bEdgiOS\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bHeadlessChrome\//, "Headless Chrome"],
  [/\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bVersion\/\S+.*\bSafari\//, "Safari"],
  [/^curl\//i, "curl"],
  [/^Wget\//i, "Wget"],
  [/^node\b|\bundici\b/i, "Node.js"],
  [/^python|\baiohttp\b/i, "Python"],
];

const systems: readonly Rule[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

export type Device = {
  /** `Firefox on Windows`, as far as the user agent says. */
  label: string;
  form: "phone" | "computer" | "program";
};

const nameIn = (rules: readonly Rule[], text: string): string | null =>
  rules.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** Describes the device behind a `User-Agent`. A hint only: clients may send any value. */
export function describeDevice(userAgent: string | null): Device {
  const text = userAgent ?? "";
  const browser = nameIn(browsers, text);
  const system = nameIn(systems, text);
  const isPhone = system === "iPhone" || system === "iPad" || system === "Android";
  const form = isPhone ? "phone" : system === null ? "program" : "computer";
  if (browser !== null && system !== null) return { label: `${browser} on ${system}`, form };
  if (browser !== null || system !== null) return { label: browser ?? system ?? "", form };
  // The first word of an unknown user agent.
  const word = /^[\w.-]{1,40}/.exec(text)?.[0] ?? "";
  return { label: word === "" ? "Unknown client" : word, form };
}
