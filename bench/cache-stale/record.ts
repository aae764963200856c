/** A node's records, which the judge compares with those of all others. */
export type Kind = "read" | "applied" | "queued" | "fleet" | "heard" | "failed";

/** Times are ns of CLOCK_MONOTONIC, which all processes of a Linux machine share. */
export type Record = {
  readonly kind: Kind;
  /** One number per process; a restarted node is a new process. */
  readonly process: number;
  readonly key: number;
  /** The value that was read, or written. */
  readonly value: number;
  /** The invalidation's epoch, of `applied`, `fleet` and `heard`; else 0. */
  readonly epoch: number;
  /** When a read started; for other records, when they happened. */
  readonly atNs: number;
  /** When the invalidation was requested; 0 where that cannot be separated from the write. */
  readonly begunNs: number;
};

const kinds: readonly Kind[] = ["read", "applied", "queued", "fleet", "heard", "failed"];
const sizeBytes = 32;
const recordsPerPage = 2048;

/** The current time on the clock that all processes of this machine share. */
export const nowNs = (): number => Number(process.hrtime.bigint());

export type Recorder = { add: (record: Record) => void; flush: () => void };

/** Collects records in pages and passes each to `write` when it is full, or on `flush`. */
export function createRecorder(write: (page: Uint8Array) => void): Recorder {
  const page = Buffer.alloc(sizeBytes * recordsPerPage);
  let used = 0;
  const flush = (): void => {
    if (used > 0) write(page.subarray(0, used));
    used = 0;
  };
  return {
    add: ({ kind, process: number, key, value, epoch, atNs, begunNs }) => {
      page.writeUInt8(kinds.indexOf(kind), used);
      page.writeUInt16LE(number, used + 2);
      page.writeUInt32LE(key, used + 4);
      page.writeUInt32LE(value, used + 8);
      page.writeUInt32LE(epoch, used + 12);
      page.writeDoubleLE(atNs, used + 16);
      page.writeDoubleLE(begunNs, used + 24);
      used += sizeBytes;
      if (used === page.length) flush();
    },
    flush,
  };
}

/** Reads what a recorder wrote, without the torn end of a killed process. */
export function* readRecords(bytes: Buffer): Generator<Record> {
  for (let at = 0; at + sizeBytes <= bytes.length; at += sizeBytes) {
    const kind = kinds[bytes.readUInt8(at)];
    if (kind === undefined) continue;
    yield {
      kind,
      process: bytes.readUInt16LE(at + 2),
      key: bytes.readUInt32LE(at + 4),
      value: bytes.readUInt32LE(at + 8),
      epoch: bytes.readUInt32LE(at + 12),
      atNs: bytes.readDoubleLE(at + 16),
      begunNs: bytes.readDoubleLE(at + 24),
    };
  }
}
