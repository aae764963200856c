import { isIPv6 } from "node:net";

/** The first four groups of an IPv6 address, written out. */
function networkOf(address: string): string {
  const plain = address.split("%", 1)[0] ?? "";
  const [head = "", tail] = plain.split("::", 2);
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    // A dotted IPv4 suffix fills two groups.
    const written = groups.length + after.length + (after.at(-1)?.includes(".") === true ? 1 : 0);
    groups.push(...Array.from({ length: Math.max(0, 8 - written) }, () => "0"), ...after);
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}

/** The key an address counts under: the address itself, or for IPv6 its /64, because one machine may own a whole /64. */
export function addressKey(address: string): string {
  return isIPv6(address) ? networkOf(address) : address;
}
