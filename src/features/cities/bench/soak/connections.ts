const listening = 0x0a;
/** The server's own ends need nothing of it any more. */
const timeWait = 0x06;

/** Connections in a text of Linux's /proc/net/tcp whose near end is this port, as a server sees those of its clients. */
export function countConnections(table: string, port: number): number {
  return table.split("\n").filter((line) => {
    const [, near = "", , state = ""] = line.trim().split(/\s+/);
    const [, nearPort = ""] = near.split(":");
    if (Number.parseInt(nearPort, 16) !== port) return false;
    return ![listening, timeWait].includes(Number.parseInt(state, 16));
  }).length;
}
