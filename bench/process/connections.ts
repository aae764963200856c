import { readFileSync } from "node:fs";

/** States of a connection that its process has not closed yet: ESTABLISHED and CLOSE-WAIT. */
const heldStates = new Set(["01", "08"]);

const portOf = (address: string): number => Number.parseInt(address.split(":")[1] ?? "", 16);

/** What `countConnections` says of the text of Linux's /proc/net/tcp. */
export function countRows(table: string, port: number, clientPorts?: ReadonlySet<number>): number {
  return table.split("\n").filter((row) => {
    const [, near = "", far = "", state = ""] = row.trim().split(/\s+/);
    if (portOf(near) !== port || !heldStates.has(state)) return false;
    return clientPorts === undefined || clientPorts.has(portOf(far));
  }).length;
}

/**
 * Connections that the server on this port of this machine holds; given ports of clients, only theirs. A client that does
 * not read cannot see that its connection ended, and a server's descriptors change for other reasons. Linux only.
 */
export function countConnections(port: number, clientPorts?: ReadonlySet<number>): number {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"];
  return tables.reduce((sum, file) => {
    try {
      return sum + countRows(readFileSync(file, "utf8"), port, clientPorts);
    } catch (error) {
      // A machine without IPv6 has no second table.
      if (file.endsWith("6")) return sum;
      throw error;
    }
  }, 0);
}
