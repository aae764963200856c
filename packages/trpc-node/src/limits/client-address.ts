import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export type ClientAddress = {
  /** The client's IP address: the socket's, or the nearest untrusted hop of `X-Forwarded-For`. */
  address: string;
  /** True only for a client on this machine that addresses it as local and comes without a proxy. */
  isLoopback: boolean;
};

const forwardingHeaders = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"] as const;
const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

const plain = (address: string): string => (address.startsWith("::ffff:") ? address.slice(7) : address);
/** Some proxies write `203.0.113.7:51234` or `[2001:db8::1]:51234`. */
function hopAddress(hop: string): string {
  const text = hop.trim();
  const [, bracketed, bare] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  return plain(bracketed ?? bare ?? text);
}
const isLoopbackIp = (address: string): boolean => address === "::1" || address.startsWith("127.");

/**
 * Reads the client's address. `X-Forwarded-For` counts only as far as the hops are `trustedProxies`.
 *
 * Loopback requires all three: the socket's address; no header that a proxy adds, because behind a proxy on this machine
 * every client has a loopback socket; and a `Host` that means this machine, because another site may have bound its own
 * name to 127.0.0.1 (DNS rebinding).
 */
export function readClientAddress(req: IncomingMessage, trustedProxies: ReadonlySet<string>): ClientAddress {
  const socketAddress = plain(req.socket.remoteAddress ?? "");
  const isForwarded = forwardingHeaders.some((name) => req.headers[name] !== undefined);
  const isLoopback = !isForwarded && isLoopbackIp(socketAddress) && loopbackHost.test(req.headers.host ?? "");
  if (!isForwarded || !trustedProxies.has(socketAddress)) return { address: socketAddress, isLoopback };
  const hops = String(req.headers["x-forwarded-for"] ?? "")
    .split(",")
    .map(hopAddress);
  // Hops before the nearest untrusted one are the client's own claim, even where that one cannot be read.
  const nearest = hops.findLast((hop) => !trustedProxies.has(hop)) ?? "";
  return { address: isIP(nearest) === 0 ? socketAddress : nearest, isLoopback };
}
