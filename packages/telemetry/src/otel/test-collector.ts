import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

type Value = {
  stringValue?: string;
  intValue?: number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: Value[] };
};
type Attribute = { key: string; value: Value };

/** The parts of OTLP's JSON form that the tests read. */
export type SentSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  status: { code: number };
  flags: number;
};
type Point = {
  attributes: Attribute[];
  startTimeUnixNano: string;
  timeUnixNano: string;
  asDouble?: number;
  asInt?: number;
  count?: number;
  sum?: number;
  max?: number;
  scale?: number;
  zeroCount?: number;
  positive?: { offset: number; bucketCounts: number[] };
  explicitBounds?: number[];
  bucketCounts?: number[];
};
export type SentMetric = {
  name: string;
  description: string;
  unit: string;
  sum?: { dataPoints: Point[]; isMonotonic: boolean; aggregationTemporality: number };
  gauge?: { dataPoints: Point[] };
  histogram?: { dataPoints: Point[]; aggregationTemporality: number };
  exponentialHistogram?: { dataPoints: Point[]; aggregationTemporality: number };
};
type Sent = {
  resourceSpans?: {
    resource: { attributes: Attribute[] };
    scopeSpans: { scope: { name: string }; spans: SentSpan[] }[];
  }[];
  resourceMetrics?: { resource: { attributes: Attribute[] }; scopeMetrics: { metrics: SentMetric[] }[] }[];
};

export type Received = { path: string; headers: NodeJS.Dict<string | string[]>; bytes: number; body: Sent };

function plain(value: Value): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plain);
  return value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue;
}

/** Attributes as an object. */
export const attributesOf = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));

/** A collector that keeps what it receives. `mode` sets its response: success, an error, or none. */
export async function openCollector() {
  const received: Received[] = [];
  const state: { mode: "accepts" | "rejects" | "hangs"; requests: number } = { mode: "accepts", requests: 0 };
  const server = createServer((req, res) => {
    state.requests += 1;
    if (state.mode === "hangs") return;
    const pieces: Buffer[] = [];
    req.on("data", (piece: Buffer) => pieces.push(piece));
    req.on("end", () => {
      const body = Buffer.concat(pieces);
      if (state.mode === "rejects") return void res.writeHead(400).end("no");
      received.push({
        path: req.url ?? "",
        headers: req.headers,
        bytes: body.length,
        // The tests assert the shape.
        body: JSON.parse(body.toString("utf8")) as Sent,
      });
      res.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // It listens on a port.
  return {
    state,
    received,
    endpoint: `http://127.0.0.1:${port}`,
    spans: () =>
      received
        .flatMap(({ body }) => body.resourceSpans ?? [])
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    metrics: () =>
      received
        .flatMap(({ body }) => body.resourceMetrics ?? [])
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
    /** Resolves when the condition holds. */
    until: async (holds: () => boolean) => {
      while (!holds()) await wait(10);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
