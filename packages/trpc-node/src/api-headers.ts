import type { ServerResponse } from "node:http";

/** For answers that are no pages: nothing in them is ever run, shown or framed. */
export const nothingRuns = "default-src 'none'; frame-ancestors 'none'";

/** Of every API answer, name after value, as the head of an answer takes them: it is data, for this origin's pages. */
export const apiHeaders = [
  "x-content-type-options",
  "nosniff",
  "content-security-policy",
  nothingRuns,
  "cross-origin-resource-policy",
  "same-origin",
] as const;

export function setApiHeaders(res: ServerResponse): void {
  for (let at = 0; at < apiHeaders.length; at += 2) res.setHeader(apiHeaders[at] ?? "", apiHeaders[at + 1] ?? "");
}
