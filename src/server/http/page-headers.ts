import type { IncomingMessage, ServerResponse } from "node:http";
import { nothingRuns } from "@weir/trpc-node";
import { type BuiltPages, createPagePolicies, type PagePolicy, type PolicyOptions } from "./content-policy";

/** What no page uses. */
const switchedOff = [
  "accelerometer",
  "autoplay",
  "camera",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "geolocation",
  "gyroscope",
  "hid",
  "idle-detection",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "picture-in-picture",
  "publickey-credentials-get",
  "screen-wake-lock",
  "serial",
  "usb",
  "xr-spatial-tracking",
];

const secondsPerYear = 31_536_000;

/** Headers of everything but API answers, health and metrics. */
export function createSecurityHeaders({ isTls }: { isTls: boolean }): (res: ServerResponse) => void {
  const headers: Record<string, string> = {
    "content-security-policy": nothingRuns,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": switchedOff.map((feature) => `${feature}=()`).join(", "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    ...(isTls ? { "strict-transport-security": `max-age=${secondsPerYear}` } : {}),
  };
  const all = Object.entries(headers);
  return (res) => {
    for (const [name, value] of all) res.setHeader(name, value);
  };
}

/**
 * Lets browsers keep a page but ask before they show it again. Next marks static pages as fresh for a year in shared
 * caches, which would serve an old page, and links to files that are gone, long after a deploy. Files whose names hold
 * a hash of their content keep what Next says of them.
 */
export function revalidatePages(res: ServerResponse): void {
  const setHeader = res.setHeader.bind(res);
  res.setHeader = (name, value) => {
    const isShared = name.toLowerCase() === "cache-control" && String(value).includes("s-maxage");
    return setHeader(name, isShared ? "no-cache" : value);
  };
}

/**
 * Sends the policy of the page that answers, and tells Next its nonce. Next looks for one in the request's own header, so
 * what a client sent there is dropped.
 */
function applyPolicy(req: IncomingMessage, res: ServerResponse, { value, nonce }: PagePolicy): void {
  delete req.headers["content-security-policy-report-only"];
  if (nonce === null) delete req.headers["content-security-policy"];
  else req.headers["content-security-policy"] = value;
  res.setHeader("content-security-policy", value);
}

type Pages = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** Files whose names hold a hash of their content: no pages. */
const builtFiles = "/_next/static/";

/** The pages, each with its Content-Security-Policy. The page is the one that the request's URL names when it gets here. */
export function withPagePolicies(
  pages: Pages,
  options: PolicyOptions & { pages: BuiltPages; newNonce: () => string },
): Pages {
  const policyOfPage = createPagePolicies(options.pages, options);
  return (req, res) => {
    const [path = "/"] = (req.url ?? "/").split(/[?#]/, 1);
    if (!path.startsWith(builtFiles)) applyPolicy(req, res, policyOfPage(path));
    return pages(req, res);
  };
}
