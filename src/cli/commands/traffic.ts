import { isIP } from "node:net";
import { timerMs } from "@weir/core/timers";
import type { FeatureServers, SampleCall } from "@/server/rpc/feature-server";
import { type Command, textOption, UsageError, wholeOption } from "../command";

const limits = { seconds: { most: 600, usual: 60 }, rate: { most: 500, usual: 50 } } as const;
const maxInFlight = 50;
const timeoutMs = 5_000;

export type TrafficOptions = {
  samples: readonly SampleCall[];
  /** The server on this machine. */
  origin: string;
  seconds: number;
  /** Calls per second. */
  rate: number;
  random?: () => number;
};
/** Calls sent and failed (no response, or status 500 and above), and calls left out because fifty were in flight. */
export type TrafficSent = { sent: number; failed: number; skipped: number };

/** The samples of all features; each is a query that is open to everyone. */
export function samplesOf(features: FeatureServers): SampleCall[] {
  return Object.entries(features).flatMap(([name, { samples = [], access }]) => {
    const closed = samples.find(({ procedure }) => access[procedure] !== "everyone");
    if (closed !== undefined)
      throw new TypeError(`${closed.procedure} of ${name} is a sample, but not open to everyone.`);
    return samples;
  });
}

function choose(samples: readonly SampleCall[], random: () => number): SampleCall | undefined {
  let rest = random() * samples.reduce((sum, { weight }) => sum + weight, 0);
  return samples.find(({ weight }) => (rest -= weight) < 0) ?? samples.at(-1);
}

async function call(origin: string, { procedure, input }: SampleCall, random: () => number): Promise<boolean> {
  const value = input(random);
  const query = value === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(value))}`;
  try {
    const response = await fetch(`${origin}/api/trpc/${procedure}${query}`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

/** Sends calls at a steady rate, at most fifty at a time, and resolves when the last one is answered. Never rejects. */
async function sendTraffic(options: TrafficOptions): Promise<TrafficSent> {
  const { samples, origin, seconds, rate, random = Math.random } = options;
  const tally: TrafficSent = { sent: 0, failed: 0, skipped: 0 };
  const inFlight = new Set<Promise<void>>();
  const startedAtMs = performance.now();
  const total = seconds * rate;
  for (let index = 0; index < total; index += 1) {
    const waitMs = startedAtMs + (index * 1_000) / rate - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, timerMs(waitMs)));
    const sample = choose(samples, random);
    if (sample === undefined) break;
    if (inFlight.size >= maxInFlight) {
      tally.skipped += 1;
      continue;
    }
    tally.sent += 1;
    const sending = call(origin, sample, random).then((isAnswered) => {
      if (!isAnswered) tally.failed += 1;
      inFlight.delete(sending);
    });
    inFlight.add(sending);
  }
  await Promise.all(inFlight);
  return tally;
}

/** The origin of a server on this machine. Throws a UsageError for any other: this is no load generator for the network. */
export function localOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const isLoopback = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  if (url === null || url.protocol !== "http:" || !isLoopback) {
    throw new UsageError(
      `--url must be http:// and this machine, such as http://127.0.0.1:3000; got ${JSON.stringify(text)}.`,
    );
  }
  return url.origin;
}

function bounded(value: number | undefined, name: keyof typeof limits): number {
  const { most, usual } = limits[name];
  const chosen = value ?? usual;
  if (chosen < 1 || chosen > most) throw new UsageError(`--${name} must be 1 to ${most}; got ${chosen}.`);
  return chosen;
}

/** `npm run weir -- traffic`. */
export function createTrafficCommand(features: FeatureServers, usualOrigin: string): Command {
  return {
    name: "traffic",
    summary: "sends realistic calls to the running server, so that the dashboard has something to show",
    usage: `Usage: npm run weir -- traffic [--seconds N] [--rate N] [--url URL] [--json]

  Calls public queries of the features, with the inputs that the features declare as samples. Changes nothing.

  --seconds   how long, 1 to ${limits.seconds.most} (${limits.seconds.usual})
  --rate      calls per second, 1 to ${limits.rate.most} (${limits.rate.usual})
  --url       a server on this machine (${usualOrigin})

Exit status: 0 when calls were answered; 1 when all failed; 2 for invalid arguments.`,
    options: { seconds: { type: "string" }, rate: { type: "string" }, url: { type: "string" } },
    readsOnly: true,
    run: async (invocation) => {
      if (invocation.positionals.length > 0) throw new UsageError("traffic takes no arguments. See --help.");
      const seconds = bounded(wholeOption(invocation, "seconds"), "seconds");
      const rate = bounded(wholeOption(invocation, "rate"), "rate");
      const origin = localOrigin(textOption(invocation, "url") ?? usualOrigin);
      const samples = samplesOf(features);
      if (samples.length === 0) throw new UsageError("No feature declares sample calls (`samples` in its server.ts).");
      const tally = await sendTraffic({ samples, origin, seconds, rate });
      const ok = tally.sent > tally.failed;
      const skipped =
        tally.skipped === 0 ? "" : ` ${tally.skipped} were left out: the server was slower than the rate.`;
      return {
        text: `Sent ${tally.sent} calls to ${origin}; ${tally.failed} failed.${skipped}`,
        data: { ok, origin, ...tally },
      };
    },
  };
}
