type Rule = readonly [pattern: RegExp, name: string];

// The first that fits counts: most browsers also carry the names of those they descend from.
const browsers: readonly Rule[] = [
  [/\bEdgA?\/|\bEdgiOS\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bHeadlessChrome\//, "Chrome without a window"],
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
  /** `Firefox on Windows`, as far as the program tells. */
  label: string;
  form: "phone" | "computer" | "program";
};

const nameIn = (rules: readonly Rule[], text: string): string | null =>
  rules.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** The device behind a `User-Agent`, in words. A program may claim what it likes: this is a hint, not evidence. */
export function describeDevice(userAgent: string | null): Device {
  const text = userAgent ?? "";
  const browser = nameIn(browsers, text);
  const system = nameIn(systems, text);
  const isPhone = system === "iPhone" || system === "iPad" || system === "Android";
  const form = isPhone ? "phone" : system === null ? "program" : "computer";
  if (browser !== null && system !== null) return { label: `${browser} on ${system}`, form };
  if (browser !== null || system !== null) return { label: browser ?? system ?? "", form };
  // The first word of what an unknown program calls itself.
  const word = /^[\w.-]{1,40}/.exec(text)?.[0] ?? "";
  return { label: word === "" ? "A program without a name" : word, form };
}
