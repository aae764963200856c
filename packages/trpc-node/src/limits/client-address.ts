import type { IncomingMessage } from "node:http";
import type { RequestSource } from "@weir/core/scope";
import { type AddressSet, readAddress } from "./addresses";

/** The socket's address. Node gives it in its one spelling, apart from IPv4 that arrives on an IPv6 socket, and zones. */
function peerAddress({ remoteAddress = "" }: RequestSource["socket"]): string {
  if (remoteAddress.startsWith("::ffff:")) return remoteAddress.slice("::ffff:".length);
  const zone = remoteAddress.indexOf("%");
  return zone === -1 ? remoteAddress : remoteAddress.slice(0, zone);
}

/**
 * The client's IP address: the socket's, or the nearest untrusted hop of `X-Forwarded-For`, which counts only as far as the
 * hops are `trustedProxies`. A loopback address proves nothing: behind a proxy on this machine every client has one, and not
 * every proxy says that it is there.
 */
export function readClientAddress({ headers, socket }: RequestSource, trustedProxies: AddressSet): string {
  const peer = peerAddress(socket);
  const forwarded = headers["x-forwarded-for"];
  if (forwarded === undefined || !trustedProxies.has(peer)) return peer;
  // Hops before the nearest untrusted one are the client's own claim, even where that one cannot be read.
  for (const hop of String(forwarded).split(",").toReversed()) {
    const address = readAddress(hop);
    if (address === null) return peer;
    if (!trustedProxies.has(address)) return address;
  }
  return peer;
}

/**
 * Whether the client reached a trusted proxy over TLS, by the proxy's `X-Forwarded-Proto`. False for a request from anywhere
 * else, whatever its headers claim.
 */
export function isTlsAtProxy({ headers, socket }: IncomingMessage, trustedProxies: AddressSet): boolean {
  const proto = headers["x-forwarded-proto"];
  if (proto === undefined || !trustedProxies.has(peerAddress(socket))) return false;
  // The proxies of a chain append theirs; the client's side comes first.
  return String(proto).split(",", 1)[0]?.trim().toLowerCase() === "https";
}
