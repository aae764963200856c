import type { Encoding } from "./response-cache";

const quality = (parameters: readonly string[]): number => {
  const found = parameters.map((text) => /^\s*q=([\d.]+)\s*$/i.exec(text)?.[1]).find((text) => text !== undefined);
  return found === undefined ? 1 : Number(found);
};

/** The encodings that the client accepts, best first: brotli before gzip (RFC 9110 §12.5.3). */
export function acceptedEncodings(header: string | undefined): Encoding[] {
  if (header === undefined || header === "") return [];
  const accepted = new Map(
    header
      .toLowerCase()
      .split(",")
      .map((item) => {
        const [name = "", ...parameters] = item.split(";");
        return [name.trim(), quality(parameters)];
      }),
  );
  const isAccepted = (name: Encoding): boolean => (accepted.get(name) ?? accepted.get("*") ?? 0) > 0;
  return (["br", "gzip"] as const).filter(isAccepted);
}

/** True when the client has this representation already (RFC 9110 §13.1.2: compared weakly). */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((item) => item.trim().replace(/^W\//, "") === etag);
}
