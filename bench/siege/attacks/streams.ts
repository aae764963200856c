import type { Socket } from "node:net";
import { waitUntil } from "@weir/embedded/processes";
import { type Attack, type Check, checked } from "../attack";
import { openSocket, portsOf } from "../client";
import { countConnections } from "../../process/connections";
import type { Target } from "../target";

type Stream = { socket: Socket; text: string };

/** Opens streams, each on its own connection. Resolves when every one of them got the beginning of a response. */
async function openStreams(
  target: Target,
  path: string,
  count: number,
  addressOf: (index: number) => string,
): Promise<Stream[]> {
  const streams = Array.from({ length: count }, (_, index): Stream => {
    const socket = openSocket(target.port, { from: addressOf(index) });
    const stream: Stream = { socket, text: "" };
    socket.on("data", (chunk: Buffer) => (stream.text = (stream.text + chunk.toString("latin1")).slice(0, 4_000)));
    socket.on("close", () => (stream.text += "\nclosed"));
    socket.write(`GET /api/trpc/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`);
    return stream;
  });
  await waitUntil(() => streams.every(({ text }) => settled(text)), 15_000);
  return streams;
}

const isOpen = ({ text }: Stream): boolean => /event: ready|event:ready|"type":"ready"/.test(text);
const isRefused = ({ text }: Stream): boolean => text.includes("STREAMS_EXHAUSTED");
const settled = (text: string): boolean => /"type":"ready"|event: ?ready|STREAMS_EXHAUSTED|closed$/.test(text);

/** Resolves with how many connections the server still holds although their clients are gone. */
async function closeAll(target: Target, streams: readonly Stream[]): Promise<number> {
  const ports = portsOf(streams);
  for (const { socket } of streams) socket.destroy();
  await waitUntil(() => countConnections(target.port, ports) === 0, 8_000);
  return countConnections(target.port, ports);
}

const tally = (streams: readonly Stream[]): string =>
  `${streams.filter(isOpen).length} open, ${streams.filter(isRefused).length} refused of ${streams.length}`;

/** Streams that one client, or a crowd, opens and never closes. */
export const streams: Attack = {
  name: "streams",
  isQuick: true,
  run: async (target, scale) => {
    const path = target.procedures.find(({ type, role }) => type === "subscription" && role === null)?.path;
    if (path === undefined)
      return { checks: [], unmeasured: [{ name: "streams", reason: "no feature has a public one" }] };
    const checks: Check[] = [];

    const ofOne = await openStreams(target, path, 40, () => "127.0.0.44");
    const other = await openStreams(target, path, 1, () => "127.0.0.45");
    checks.push(
      { name: "one address opens at most 20 streams", held: ofOne.filter(isOpen).length <= 20, evidence: tally(ofOne) },
      { name: "another address still opens one", held: other.every(isOpen), evidence: tally(other) },
    );
    const left = await closeAll(target, [...ofOne, ...other]);
    checks.push({
      name: "streams that clients leave are freed",
      held: left === 0,
      evidence: `${left} connections left`,
    });

    const again = await openStreams(target, path, 20, () => "127.0.0.44");
    checks.push({ name: "their places are free again", held: again.every(isOpen), evidence: tally(again) });
    await closeAll(target, again);

    if (scale === "full") {
      const crowd = await openStreams(target, path, 500, (index) => `127.0.4.${(index % 50) + 1}`);
      const { status } = await target.ask({ path: "/readyz" });
      checks.push({
        name: "beside 500 streams others are served",
        held: status === 200,
        evidence: `${tally(crowd)}; /readyz ${status}`,
      });
      const rest = await closeAll(target, crowd);
      checks.push({ name: "the crowd leaves nothing behind", held: rest === 0, evidence: `${rest} connections left` });
    }
    return checked(...checks);
  },
};
