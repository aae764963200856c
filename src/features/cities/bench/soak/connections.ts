const listening = 0x0a;
/** States in which the server has already closed its end. */
const timeWait = 0x06;

/** Connections in the text of Linux's /proc/net/tcp with this local port: the clients of a server. */
export function countConnections(table: string, port: number): number {
  return table.split("\n").filter((line) => {
    const [, near = "", , state = ""] = line.trim().split(/\s+/);
    const [, nearPort = ""] = near.split(":");
    if (Number.parseInt(nearPort, 16) !== port) return false;
    return ![listening, timeWait].includes(Number.parseInt(state, 16));
  }).length;
}
