import { connect } from "node:net";
import type { Attempt } from "./requests";

export type AttemptResult = {
  /** The statuses of the responses, oldest first. */
  statuses: number[];
  /** False when the connection was still open at the limit. */
  ended: boolean;
};

const statusLines = /HTTP\/1\.1 (\d{3}) /g;

/** Sends the bytes over a new connection and reads until the server ends it, for at most `limitMs`. Never rejects. */
export function makeAttempt(port: number, { bytes, ending }: Attempt, limitMs: number): Promise<AttemptResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let ended = true;
    const socket = connect(port, "127.0.0.1");
    const timer = setTimeout(() => {
      ended = false;
      socket.destroy();
    }, limitMs);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A reset is an end too: a server may reset clients that send garbage.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ statuses: Array.from(text.matchAll(statusLines), (match) => Number(match[1])), ended });
    });
    socket.on("connect", () => {
      if (ending === "half-close") socket.end(bytes);
      else if (ending === "destroy") socket.write(bytes, () => socket.destroy());
      else socket.write(bytes);
    });
  });
}
