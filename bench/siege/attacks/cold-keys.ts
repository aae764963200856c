import { type Attack, type AttackResult, type Check } from "../attack";
import { ask, type Reply } from "../client";
import { findReadableById, type ReadableById } from "../procedures";
import type { Target } from "../target";

const hotKeys = 100;
const requests = 45;
const callsPerBatch = 20;

const urlOf = ({ byId }: ReadableById, id: number): string =>
  `/api/trpc/${byId}?input=${encodeURIComponent(JSON.stringify({ id }))}`;

/** The IDs of the first page of the list. */
async function readHotIds(target: Target, { list }: ReadableById): Promise<number[]> {
  const input = encodeURIComponent(JSON.stringify({ limit: hotKeys }));
  const { text } = await target.ask({ path: `/api/trpc/${list}?input=${input}` });
  return Array.from(text.matchAll(/"id":(\d+)/g), ([, id]) => Number(id));
}

/** The share of the hot set that memory answers, by `Server-Timing`. */
async function memoryRatio(target: Target, entity: ReadableById, ids: readonly number[]): Promise<number> {
  let hits = 0;
  for (const id of ids) {
    const { headers } = await target.ask({ path: urlOf(entity, id) });
    if (/desc="[^"]* l1"/.test(String(headers["server-timing"] ?? ""))) hits += 1;
  }
  return hits / ids.length;
}

/** A batch of the greatest size, of IDs that no row has and no other batch asks for. */
function unknownBatch({ byIds, mostIds }: ReadableById, index: number): { path: string; body: string } {
  const start = 2_147_000_000 - (index + 1) * callsPerBatch * mostIds;
  const inputs = Array.from({ length: callsPerBatch }, (_, call) => [
    String(call),
    { ids: Array.from({ length: mostIds }, (_id, at) => start + call * mostIds + at) },
  ]);
  const paths = Array.from({ length: callsPerBatch }, () => byIds).join(",");
  return { path: `/api/trpc/${paths}?batch=1`, body: JSON.stringify(Object.fromEntries(inputs)) };
}

type Flooded = { replies: Reply[]; waitsMs: number[] };

/** Sends the flood a few at a time, and asks for `/healthz` meanwhile: its waits show how long the loop was held. */
async function floodWith(
  target: Target,
  entity: ReadableById,
  first: number,
  addressOf: (index: number) => string,
): Promise<Flooded> {
  const replies: Reply[] = [];
  let next = 0;
  const probing = { isOver: false };
  const work = async (): Promise<void> => {
    while (next < requests) {
      const index = (next += 1) - 1;
      const { path, body } = unknownBatch(entity, first + index);
      const headers = { "content-type": "application/json" };
      replies.push(
        await ask(target.port, { method: "POST", path, body, headers, from: addressOf(index), withinMs: 20_000 }),
      );
    }
  };
  const waitsMs: number[] = [];
  const probe = async (): Promise<void> => {
    while (!probing.isOver) {
      const began = performance.now();
      await target.ask({ path: "/healthz" });
      waitsMs.push(performance.now() - began);
    }
  };
  const probes = probe();
  await Promise.all([work(), work(), work()]);
  probing.isOver = true;
  await probes;
  return { replies, waitsMs };
}

/** The wait that this share of the others does not exceed, in whole ms. */
function percentile(waitsMs: readonly number[], share: number): number {
  const sorted = waitsMs.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.POSITIVE_INFINITY);
}

/** The hot set stays in memory to this share. */
const leastRatio = 0.95;
/**
 * How long one in ten of the others may wait. A busy machine makes any of them wait for longer; a loop that is held makes all
 * of them.
 */
const longestWaitMs = 60;

async function oneFlood(target: Target, entity: ReadableById, ids: readonly number[], turn: 0 | 1): Promise<Check[]> {
  const from = turn === 0 ? "one address" : `${requests} addresses`;
  // The first read loads, the second and third are what makes a key hot.
  for (let read = 0; read < 3; read += 1) await memoryRatio(target, entity, ids);
  const before = await memoryRatio(target, entity, ids);
  const { replies, waitsMs } = await floodWith(target, entity, turn * requests, (index) =>
    turn === 0 ? "127.0.0.77" : `127.0.2.${index + 1}`,
  );
  const after = await memoryRatio(target, entity, ids);
  const failed = replies.filter(({ status }) => status === 0 || status === 500).length;
  const refused = replies.filter(({ status }) => status === 429).length;
  const show = (ratio: number): string => `${(ratio * 100).toFixed(0)} %`;
  return [
    {
      name: `${requests} batches of unknown IDs from ${from}: the hot set stays in memory`,
      held: before >= leastRatio && after >= leastRatio,
      evidence: `${show(before)} of ${ids.length} before, ${show(after)} after; ${refused} of ${replies.length} refused`,
    },
    { name: `from ${from}: no request fails`, held: failed === 0, evidence: `${failed} of ${replies.length}` },
    {
      name: `from ${from}: others are served meanwhile`,
      held: percentile(waitsMs, 0.9) <= longestWaitMs,
      evidence: `90 % within ${percentile(waitsMs, 0.9)} ms, all within ${percentile(waitsMs, 1)} ms; at most ${longestWaitMs} ms`,
    },
  ];
}

/** A flood of made-up keys, to displace the hot set. */
export const coldKeys: Attack = {
  name: "cold keys",
  isQuick: false,
  run: async (target): Promise<AttackResult> => {
    const entity = findReadableById(target.procedures);
    if (entity === null) {
      return { checks: [], unmeasured: [{ name: "cold keys", reason: "no feature reads public entities by ID" }] };
    }
    const ids = await readHotIds(target, entity);
    if (ids.length === 0) throw new Error(`${entity.list} is empty: there is no hot set to flood.`);
    const checks = [...(await oneFlood(target, entity, ids, 0)), ...(await oneFlood(target, entity, ids, 1))];
    return { checks, unmeasured: [] };
  },
};
