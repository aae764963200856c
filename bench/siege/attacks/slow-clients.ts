import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { waitUntil } from "@weir/embedded/processes";
import { type Attack, type Check, checked, type Scale } from "../attack";
import { openSocket, portsOf } from "../client";
import { countConnections } from "../../process/connections";
import { siegeLimits, type Target } from "../target";

type Slow = {
  name: string;
  /** The documented limit that ends it. */
  limitMs: number;
  /** Sent at once. */
  first: string;
  /** Sent again and again, slowly. */
  drip?: string;
  /** Whether the client reads. */
  reads: boolean;
};

const line = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
const post = "POST /api/trpc/account.me HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
const { headersMs, requestMs, keepAliveMs, stalledStreamMs } = siegeLimits;

function slowOnes(target: Target, scale: Scale): Slow[] {
  const large = largeResponse(target);
  return [
    { name: "a head, byte by byte", limitMs: headersMs, first: line("/healthz"), drip: "X: a\r\n", reads: true },
    { name: "a request line, byte by byte", limitMs: headersMs, first: "GET /", drip: "a", reads: true },
    {
      name: "a body, byte by byte",
      limitMs: requestMs,
      first: `${post}Content-Length: 5000\r\n\r\n`,
      drip: "x",
      reads: true,
    },
    {
      name: "chunks, byte by byte",
      limitMs: requestMs,
      first: `${post}Transfer-Encoding: chunked\r\n\r\n`,
      drip: "1\r\nx\r\n",
      reads: true,
    },
    { name: "a connection that says nothing", limitMs: headersMs, first: "", reads: true },
    { name: "an idle connection", limitMs: keepAliveMs, first: `${line("/healthz")}\r\n`, reads: true },
    // Many responses in one pipeline: more than the sockets of both ends hold.
    {
      name: "a reader that does not read",
      limitMs: stalledStreamMs,
      first: `${line(large)}\r\n`.repeat(scale === "quick" ? 90 : 40),
      reads: false,
    },
  ];
}

/** The largest response available without signing in: a batch of the longest lists, or else of any public procedure. */
function largeResponse({ procedures }: Target): string {
  const list = procedures.find(({ path, role, type }) => role === null && type === "query" && path.endsWith(".list"));
  if (list?.schema?.properties?.["limit"] === undefined) return "/sign-in";
  const calls = Array.from({ length: 20 }, (_, index) => index);
  const input = Object.fromEntries(calls.map((index) => [String(index), { limit: 100 }]));
  return `/api/trpc/${calls.map(() => list.path).join(",")}?batch=1&input=${encodeURIComponent(JSON.stringify(input))}`;
}

/** Beyond the limit: Node looks for slow connections at intervals, and the machine may be busy. */
const graceMs = 6_000;

type Attempt = { socket: Socket; closed: boolean };

function begin(target: Target, { first, reads }: Slow): Attempt {
  const socket = openSocket(target.port);
  const attempt = { socket, closed: false };
  socket.on("close", () => (attempt.closed = true));
  if (reads) socket.resume();
  else socket.pause();
  if (first !== "") socket.write(first, "latin1");
  return attempt;
}

const dripEveryMs = 250;
async function endsInTime(target: Target, slow: Slow, count: number): Promise<Check> {
  const attempts = Array.from({ length: count }, () => begin(target, slow));
  const { drip } = slow;
  const timer = setInterval(() => {
    for (const { socket, closed } of attempts) if (drip !== undefined && !closed) socket.write(drip, "latin1");
  }, dripEveryMs);
  const began = performance.now();
  const countOpen = (): number =>
    slow.reads ? attempts.filter(({ closed }) => !closed).length : countConnections(target.port, portsOf(attempts));
  // The server's side of a connection that is not made yet would be counted as closed.
  if (!slow.reads) await waitUntil(() => countOpen() === count, graceMs, 50);
  await waitUntil(() => countOpen() === 0, slow.limitMs + graceMs, 50);
  clearInterval(timer);
  const open = countOpen();
  for (const { socket } of attempts) socket.destroy();
  const tookMs = Math.round(performance.now() - began);
  const evidence = `${open} of ${count} still open after ${tookMs} ms, the limit is ${slow.limitMs} ms`;
  return { name: `${slow.name}: ended in time`, held: open === 0, evidence };
}

/** Other clients, while the slow ones hold their connections. */
async function othersAreServed(target: Target, untilDone: Promise<unknown>): Promise<Check> {
  const state = { isDone: false };
  void untilDone.finally(() => (state.isDone = true));
  let asked = 0;
  const failures: string[] = [];
  while (!state.isDone) {
    const { status } = await target.ask({
      path: asked % 2 === 0 ? "/readyz" : "/api/trpc/account.me",
      withinMs: 5_000,
    });
    if (status !== 200) failures.push(String(status));
    asked += 1;
    await pause(100);
  }
  const held = failures.length === 0 && asked > 0;
  return {
    name: "others are served meanwhile",
    held,
    evidence: `${failures.length} of ${asked} failed ${failures.join(" ")}`,
  };
}

/** Clients that take as long as they can, all at once. */
export const slowClients: Attack = {
  name: "slow clients",
  isQuick: true,
  run: async (target, scale) => {
    const count = scale === "quick" ? 5 : 40;
    // Those that do not read cost the most: each makes the server produce megabytes.
    const attempts = Promise.all(
      slowOnes(target, scale).map((slow) => endsInTime(target, slow, slow.reads ? count : Math.ceil(count / 4))),
    );
    const others = await othersAreServed(target, attempts);
    return checked(...(await attempts), others);
  },
};
