import { type Attack, atMost, checked, noneOf } from "../attack";
import { liveMb } from "../../process/live-memory";
import { flood } from "../client";
import { findReadableById } from "../procedures";
import type { Target } from "../target";

type Kind = {
  name: string;
  share: number;
  head: (index: number) => string;
  /** Requests in one pipeline; 40 unless given. */
  depth?: number;
};

const start = (path: string, host = "127.0.0.1"): string => `GET ${path} HTTP/1.1\r\nHost: ${host}`;
const hex = (index: number, length: number): string => index.toString(16).padStart(length, "1");

/** Everything that a request may carry and a server may remember. */
function kindsOf(target: Target): Kind[] {
  const entity = findReadableById(target.procedures);
  const me = start("/api/trpc/account.me");
  const viewer = `\r\nCookie: ${target.users.viewer.cookie}`;
  const unknownStatement = (index: number): string =>
    `/api/trpc/insights.statement?input=${encodeURIComponent(JSON.stringify({ range: "5m", name: `siege.${index}` }))}`;
  return [
    {
      name: "IDs",
      share: 0.2,
      head: (index) =>
        start(
          entity === null
            ? `/api/trpc/x${index}`
            : `/api/trpc/${entity.byId}?input=%7B%22id%22%3A${1_000_000_000 + index}%7D`,
        ),
    },
    { name: "procedures", share: 0.2, head: (index) => start(`/api/trpc/siege${index}.path${index}`) },
    { name: "queries of a URL", share: 0.1, head: (index) => start(`/api/trpc/account.me?siege=${index}`) },
    { name: "paths", depth: 5, share: target.hasPages ? 0.02 : 0.1, head: (index) => start(`/siege/${index}`) },
    { name: "hosts", share: 0.1, head: (index) => start("/api/trpc/account.me", `siege${index}.example`) },
    {
      name: "cookies",
      share: 0.1,
      head: (index) => `${me}\r\nCookie: weir.session=${hex(index, 40)}.${hex(index, 44)}`,
    },
    { name: "user agents", share: 0.06, head: (index) => `${me}\r\nUser-Agent: siege/${index}` },
    {
      name: "traces",
      share: 0.1,
      head: (index) => `${me}\r\ntraceparent: 00-${hex(index, 32)}-${hex(index, 16)}-01\r\ntracestate: siege=${index}`,
    },
    { name: "ETags", share: 0.05, head: (index) => `${me}\r\nIf-None-Match: "${hex(index, 40)}"` },
    { name: "header names", share: 0.05, head: (index) => `${me}\r\nX-Siege-${index}: ${index}` },
    { name: "statements", share: 0.02, head: (index) => `${start(unknownStatement(index))}${viewer}` },
  ];
}

/** How many values the labels of the metrics have; buckets of histograms are no names. */
async function countLabels(target: Target): Promise<number> {
  const text = await target.metrics();
  const labels = Array.from(text.matchAll(/(\w+)="([^"]*)"/g), ([label, name]) => (name === "le" ? "" : label));
  return new Set(labels).size;
}

async function sendAll(target: Target, count: number, offset: number): Promise<{ sent: number; broken: string[] }> {
  const broken: string[] = [];
  let sent = 0;
  for (const { name, share, head, depth } of kindsOf(target)) {
    const own = Math.round(count * share);
    const byStatus = await flood(target.port, { count: own, head: (index) => head(offset + index), depth });
    sent += own;
    const failed = [...byStatus].filter(([status]) => status === 0 || status >= 500);
    if (failed.length > 0)
      broken.push(`${name}: ${failed.map(([status, times]) => `${status} × ${times}`).join(", ")}`);
  }
  return { sent, broken };
}

/** A thousandth of it for each value would be noticed: 50 000 values of 2 kB are 100 MB. */
const mostMb = 24;
const mostLabels = 20;

/** Tens of thousands of values that never come again, in every place that could remember them. */
export const distinctValues: Attack = {
  name: "distinct values",
  isQuick: true,
  run: async (target, scale) => {
    const count = scale === "quick" ? 4_000 : 50_000;
    // Compiled code, pools and rings of a fixed size are there before.
    await sendAll(target, count / 5, 10_000_000);
    const [mbBefore, labelsBefore] = [liveMb(await target.liveMemory()), await countLabels(target)];
    const { sent, broken } = await sendAll(target, count, 0);
    const [mbAfter, labelsAfter] = [liveMb(await target.liveMemory()), await countLabels(target)];
    return checked(
      noneOf(`${sent} distinct values: no request fails`, broken, sent),
      atMost("memory grows", Math.round(mbAfter - mbBefore), mostMb, `MB (from ${Math.round(mbBefore)} MB)`),
      atMost("names in /metrics grow", labelsAfter - labelsBefore, mostLabels, `(from ${labelsBefore})`),
    );
  },
};
