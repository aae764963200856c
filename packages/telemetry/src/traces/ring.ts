import type { Redis } from "ioredis";
import { defineScript, evalScript } from "@weir/core/redis-script";
import type { EncodedTrace } from "./trace-codec";

/**
 * Two streams: what was kept for a reason is not to be pushed out by the sample of everything, which comes in hundreds.
 * The sample has a quarter of the bytes.
 */
export const rings = ["kept", "sampled"] as const;
export type Ring = (typeof rings)[number];

/** What Redis needs for an entry beside its bytes; and its allocator rounds up, by an eighth at most. */
const entryOverheadBytes = 160;
const allocated = 1.125;
const keepMs = 7 * 86_400_000;

export function ringKey(keyPrefix: string, ring: Ring): string {
  return `${keyPrefix}traces:${ring}`;
}

export function ringShare(ringBytes: number, ring: Ring): number {
  return ring === "kept" ? ringBytes - Math.floor(ringBytes / 4) : Math.floor(ringBytes / 4);
}

/**
 * KEYS: the streams. ARGV: how long they outlive the last trace, bytes of each stream, then for each trace: number of its
 * stream, size, summary, body.
 *
 * The id of an entry is `<bytes written before it>-<its size>`, so the last id alone says where the next one begins, and
 * all that begins more than the bound before its end goes, exactly and at once. A new stream begins at the microseconds of
 * the clock, which no stream of less than a megabyte a second overtakes: ids rise even when a stream was lost.
 */
const appendScript = defineScript(
  "weir.traces.append",
  `
local function tail(key)
  if redis.call('EXISTS', key) == 1 then
    local info = redis.call('XINFO', 'STREAM', key)
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then
        local start, size = string.match(info[i + 1], '^(%d+)-(%d+)$')
        return tonumber(start) + tonumber(size)
      end
    end
  end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local tails = {}
for at = #KEYS + 2, #ARGV, 4 do
  local stream, size = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local start = tails[stream] or tail(KEYS[stream])
  local finish = start + size
  tails[stream] = finish
  redis.call('XADD', KEYS[stream], 'MINID', '=', string.format('%.0f', math.max(0, finish - tonumber(ARGV[stream + 1]))),
    string.format('%.0f-%.0f', start, size), 's', ARGV[at + 2], 'b', ARGV[at + 3])
end
for stream in pairs(tails) do redis.call('PEXPIRE', KEYS[stream], ARGV[1]) end
return 1
`,
);

export type RingEntry = EncodedTrace & { readonly ring: Ring };

/** What a trace counts for: no less than what it takes in Redis. */
export function sizeOf({ summary, body }: EncodedTrace): number {
  return Math.ceil((summary.length + body.length + entryOverheadBytes) * allocated);
}

export type RingOptions = {
  redis: Redis;
  keyPrefix: string;
  /** Of both streams together, for all nodes. */
  ringBytes: number;
};

/** Appends traces with one command; what is too old for the bound goes with the same command. Rejects as Redis does. */
export async function append(
  { redis, keyPrefix, ringBytes }: RingOptions,
  entries: readonly RingEntry[],
): Promise<void> {
  const keys = rings.map((ring) => ringKey(keyPrefix, ring));
  const bounds = rings.map((ring) => ringShare(ringBytes, ring));
  const args = entries.flatMap((entry) => [rings.indexOf(entry.ring) + 1, sizeOf(entry), entry.summary, entry.body]);
  await evalScript(redis, appendScript, keys, [keepMs, ...bounds, ...args]);
}

/** Traces that Redis has not taken yet, bounded in bytes: the oldest are given up first. */
export class Outbox {
  readonly #maxBytes: number;
  /** In the order of their coming. */
  readonly #entries = new Set<RingEntry>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns how many were given up. */
  put(entry: RingEntry): number {
    this.#entries.add(entry);
    this.#bytes += sizeOf(entry);
    let gone = 0;
    for (const oldest of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
      gone += 1;
    }
    return gone;
  }

  /** The oldest, together at most `maxBytes`, and one at least. */
  batch(maxBytes: number): RingEntry[] {
    const batch: RingEntry[] = [];
    let bytes = 0;
    for (const entry of this.#entries) {
      bytes += sizeOf(entry);
      if (batch.length > 0 && bytes > maxBytes) break;
      batch.push(entry);
    }
    return batch;
  }

  /** Forgets what is stored now. Some of it may have been given up meanwhile. */
  stored(batch: readonly RingEntry[]): void {
    for (const entry of batch) this.#remove(entry);
  }

  #remove(entry: RingEntry): void {
    if (this.#entries.delete(entry)) this.#bytes -= sizeOf(entry);
  }
}
