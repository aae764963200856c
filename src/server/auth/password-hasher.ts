import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { channels } from "@weir/core/channels";
import { PlatformError } from "@/server/errors";

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/** The cost of one hash: `2^logN · 8r` bytes of memory, and `p` rounds over them. */
export type HashCost = { logN: number; r: number; p: number };

/** 32 MiB, three rounds: OWASP's recommendation for scrypt (Password Storage Cheat Sheet). */
export const defaultCost: HashCost = { logN: 15, r: 8, p: 3 };

export type PasswordHasherOptions = {
  cost?: HashCost;
  /** Concurrent hashes. Each takes memory and one of libuv's threads, which files and DNS need as well. */
  atOnce?: number;
  /** Maximum number of queued hashes; further ones fail with SIGN_IN_BUSY. */
  mostWaiting?: number;
};

export type PasswordHasher = {
  /** `scrypt$<logN>$<r>$<p>$<salt>$<key>`. */
  hash: (password: string) => Promise<string>;
  /** Whether the password matches the hash. Takes the same time for a match and a mismatch at the same cost. */
  verify: (hash: string, password: string) => Promise<boolean>;
  /** @throws WeirError SIGN_IN_BUSY when the queue is full */
  assertRoom: () => void;
  /** Hashes started. Every sign-in attempt costs one, whether the password is right, wrong or for an unknown user. */
  readonly count: number;
};

const saltBytes = 16;
const keyBytes = 32;

type Parsed = HashCost & { salt: Buffer; key: Buffer };

function parse(hash: string): Parsed | null {
  const [scheme, logN, r, p, salt, key] = hash.split("$");
  if (scheme !== "scrypt" || salt === undefined || key === undefined) return null;
  return {
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, "base64url"),
    key: Buffer.from(key, "base64url"),
  };
}

/** Hashes passwords, a few at a time. Fails with WeirError SIGN_IN_BUSY when the queue is full. */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const { cost = defaultCost, atOnce = 2, mostWaiting = 16 } = options;
  const waiting: (() => void)[] = [];
  let running = 0;
  let count = 0;

  function assertRoom(): void {
    if (running >= atOnce && waiting.length >= mostWaiting) {
      throw new PlatformError("SIGN_IN_BUSY", { facts: { retryAfterSeconds: 2 } });
    }
  }

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    assertRoom();
    if (running >= atOnce) {
      // A finished hash hands its slot to the next.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    count += 1;
    const beganMs = performance.now();
    let ok = false;
    try {
      const result = await work();
      ok = true;
      return result;
    } finally {
      const endedAtMs = performance.now();
      const durationMs = endedAtMs - beganMs;
      channels.span.publish({ kind: "compute", name: "password hash", durationMs, ok, endedAtMs });
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  const keyOf = (password: string, salt: Buffer, { logN, r, p }: HashCost): Promise<Buffer> => {
    const N = 2 ** logN;
    return inTurn(() => derive(password.normalize("NFKC"), salt, keyBytes, { N, r, p, maxmem: 256 * N * r }));
  };

  return {
    hash: async (password) => {
      const salt = randomBytes(saltBytes);
      const key = await keyOf(password, salt, cost);
      return ["scrypt", cost.logN, cost.r, cost.p, salt.toString("base64url"), key.toString("base64url")].join("$");
    },
    verify: async (hash, password) => {
      const parsed = parse(hash);
      // A hash of unknown format matches nothing, but costs the same work.
      const { salt, key, ...how } = parsed ?? { ...cost, salt: randomBytes(saltBytes), key: randomBytes(keyBytes) };
      const derived = await keyOf(password, salt, how);
      return parsed !== null && derived.length === key.length && timingSafeEqual(derived, key);
    },
    assertRoom,
    get count() {
      return count;
    },
  };
}
