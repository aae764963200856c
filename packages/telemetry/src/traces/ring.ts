import type { Redis } from "ioredis";
import { defineScript, evalScript } from "@weir/core/redis-script";
import type { EncodedTrace } from "./trace-codec";

/**
 * Two streams, so that the random sample, which comes in hundreds, does not push out traces kept for a reason.
 * The sample has a quarter of the bytes.
 */
export const rings = ["kept", "sampled"] as const;
export type Ring = (typeof rings)[number];

/** What Redis needs per entry beyond its bytes. Its allocator also rounds up, by an eighth at most. */
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
 * KEYS: the streams. ARGV: TTL after the last trace, size limit of each stream, then for each trace: its stream's
 * number, size, summary, body.
 *
 * The ID of an entry is `<bytes written before it>-<its size>`, so the last ID alone gives the start of the next entry.
 * Everything that starts more than the limit before the end is trimmed, exactly and at once. A new stream starts at the
 * clock's microseconds, which no stream below one megabyte per second overtakes, so IDs rise even after a stream is lost.
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

/** The size a trace is counted for: at least what it takes in Redis. */
export function sizeOf({ summary, body }: EncodedTrace): number {
  return Math.ceil((summary.length + body.length + entryOverheadBytes) * allocated);
}

export type RingOptions = {
  redis: Redis;
  keyPrefix: string;
  /** Total of both streams, for all nodes. */
  ringBytes: number;
};

/** Appends traces and trims the streams to their limit in one command. Rejects if Redis fails. */
export async function append(
  { redis, keyPrefix, ringBytes }: RingOptions,
  entries: readonly RingEntry[],
): Promise<void> {
  const keys = rings.map((ring) => ringKey(keyPrefix, ring));
  const bounds = rings.map((ring) => ringShare(ringBytes, ring));
  const args = entries.flatMap((entry) => [rings.indexOf(entry.ring) + 1, sizeOf(entry), entry.summary, entry.body]);
  await evalScript(redis, appendScript, keys, [keepMs, ...bounds, ...args]);
}

/** Traces not yet stored in Redis, bounded in bytes: the oldest are dropped first. */
export class Outbox {
  readonly #maxBytes: number;
  /** In arrival order. */
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

  /** Returns how many were dropped. */
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

  /** The oldest, up to `maxBytes` in total, at least one. */
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

  /** Removes stored traces. Some of them may have been dropped in the meantime. */
  stored(batch: readonly RingEntry[]): void {
    for (const entry of batch) this.#remove(entry);
  }

  #remove(entry: RingEntry): void {
    if (this.#entries.delete(entry)) this.#bytes -= sizeOf(entry);
  }
}
