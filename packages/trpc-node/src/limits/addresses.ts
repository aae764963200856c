import { BlockList, isIP, isIPv4, SocketAddress } from "node:net";

/** A set of IP addresses. */
export type AddressSet = {
  /** `address` as `readAddress` returns it. */
  has: (address: string) => boolean;
};

const mapped = "::ffff:";

/**
 * An IP address in its one spelling, from any that programs write: IPv6 in capitals, uncompressed, in brackets or with a zone,
 * IPv4 mapped into IPv6, either with a port. Null for anything else.
 */
export function readAddress(text: string): string | null {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(text.trim()) ?? [];
  const [bare = ""] = (bracketed ?? dotted ?? text.trim()).split("%", 1);
  const family = isIP(bare);
  if (family !== 6) return family === 4 ? bare : null;
  const { address } = new SocketAddress({ address: bare, family: "ipv6" });
  const inner = address.startsWith(mapped) ? address.slice(mapped.length) : "";
  return isIPv4(inner) ? inner : address;
}

type Range = { network: string; prefix: number };

/** An address or `address/prefix`; null for anything else. */
function readRange(text: string): Range | null {
  const [network = "", prefix, ...rest] = text.trim().split("/");
  const address = readAddress(network);
  if (address === null || network.startsWith("[") || rest.length > 0) return null;
  const [bits, writtenBits] = [isIPv4(address) ? 32 : 128, isIPv4(network) ? 32 : 128];
  if (prefix === undefined) return { network: address, prefix: bits };
  // The prefix of a mapped network counts the 96 bits in front of it.
  const length = /^\d{1,3}$/.test(prefix) ? Number(prefix) - (writtenBits - bits) : -1;
  return length >= 0 && length <= bits ? { network: address, prefix: length } : null;
}

/** The addresses and networks (`10.0.0.0/8`, `2001:db8::/32`) of a list. Throws a TypeError that names one that is neither. */
export function addressSet(items: Iterable<string>): AddressSet {
  const single = new Set<string>();
  const networks = new BlockList();
  let hasNetworks = false;
  for (const item of items) {
    const range = readRange(item);
    if (range === null) throw new TypeError(`${item} is neither an IP address nor a network such as 10.0.0.0/8.`);
    const family = isIPv4(range.network) ? "ipv4" : "ipv6";
    if (range.prefix === (family === "ipv4" ? 32 : 128)) single.add(range.network);
    else {
      networks.addSubnet(range.network, range.prefix, family);
      hasNetworks = true;
    }
  }
  return {
    has: (address) =>
      single.has(address) || (hasNetworks && networks.check(address, isIPv4(address) ? "ipv4" : "ipv6")),
  };
}
