import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { evalScript } from "@weir/core/redis-script";
import { testPrefix } from "@weir/testkit/testing";
import { encodeEntry, stampLength } from "./entry";
import { claimScript, keepScript, settleScript } from "./scripts";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("redisUrl"));
});
afterAll(() => redis.disconnect());

const prefix = testPrefix();
const leaseMs = 60_000;
const times = { incarnation: "one", freshUntilMs: 1, usableUntilMs: 2, loadMs: 1 };
const entryOf = (stamp: string, epoch: number): string =>
  encodeEntry({ ...times, stamp, epoch, encoding: "plain", marks: [], body: "1" });
const stampOf = (name: string): string => name.padEnd(stampLength, "-");

type Claim = { since?: number; epoch?: number; incarnation?: string; seen?: string; background?: boolean };
let keys = 0;
function freshKey() {
  const lease = `${prefix}lease:${keys}`;
  const entry = `${prefix}entry:${keys++}`;
  const run = async (script: typeof claimScript, names: string[], args: (string | number)[]) =>
    ((await evalScript(redis, script, names, args)) as unknown[])[0];
  return {
    claim: (token: string, { since = 0, epoch = 1, incarnation = "one", seen = "", background = false }: Claim = {}) =>
      run(claimScript, [lease, entry], [leaseMs, token, incarnation, epoch, since, seen, background ? "1" : "0"]),
    keep: (token: string) => run(keepScript, [lease], [leaseMs, token]),
    settle: (token: string, text: string, backoffMs = 0) =>
      run(settleScript, [lease, entry], [token, text, 60_000, backoffMs]),
    expire: () => redis.del(lease),
    entry: () => redis.get(entry),
    lastsMs: () => redis.pttl(lease),
  };
}

test("a claim that is sent again gets the same grant, and no other claim gets one", async () => {
  const key = freshKey();
  expect(await key.claim("a")).toBe("g");
  expect([await key.claim("a"), await key.claim("b"), await key.claim("a")]).toEqual(["g", "h", "g"]);
  expect(await key.lastsMs()).toBeGreaterThan(0);
});

test("a lease whose load is too old or of another incarnation is taken over", async () => {
  const key = freshKey();
  await key.claim("a", { epoch: 5 });
  expect(await key.claim("b", { epoch: 9, since: 5 })).toBe("h");
  expect(await key.claim("b", { epoch: 9, since: 6 })).toBe("g");
  expect(await key.settle("a", entryOf(stampOf("a"), 5))).toBe(0);
  expect(await key.claim("c", { incarnation: "two" })).toBe("g");
  expect([await key.keep("b"), await key.keep("c")]).toEqual([0, 1]);
});

test("a claim reports an entry it has not seen, and is granted over one it has seen", async () => {
  const key = freshKey();
  await key.claim("a");
  await key.settle("a", entryOf(stampOf("a"), 1));
  expect(await key.claim("b")).toBe("e");
  expect(await key.claim("b", { seen: stampOf("x") })).toBe("e");
  expect(await key.claim("b", { seen: stampOf("a") })).toBe("g");
  expect(await key.claim("c", { seen: "*" })).toBe("h");
  const other = freshKey();
  await other.settle("", "no entry at all");
  expect(await other.claim("b", { seen: "*" })).toBe("g");
});

test("after a failure only background claims are refused", async () => {
  const key = freshKey();
  await key.claim("a");
  expect(await key.settle("a", "", 60_000)).toBe(1);
  expect([await key.claim("b", { background: true }), await key.claim("c")]).toEqual(["f", "g"]);
});

type Step = { kind: "claim" | "keep" | "fill" | "fail" | "expire"; token: string; since: number; sees: boolean };
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("claim", "claim", "claim", "keep", "fill", "fail", "expire"),
  token: fc.constantFrom("a", "b", "c"),
  since: fc.nat(3),
  sees: fc.boolean(),
});

/** A model of the rules: what each step must return, and what is stored after it. */
function createModel() {
  let holder: string | null = null;
  let epoch = 0;
  let stored: string | null = null;
  const end = (kind: Step["kind"], token: string): number => {
    if (token !== holder) return 0;
    if (kind === "fill") stored = entryOf(stampOf(token), epoch);
    holder = null;
    return 1;
  };
  return ({ kind, token, since, sees }: Step): [answer: unknown, stored: string | null] => {
    if (kind === "expire") {
      holder = null;
      return [null, stored];
    }
    if (kind === "keep") return [token === holder ? 1 : 0, stored];
    if (kind !== "claim") return [end(kind, token), stored];
    if (holder === token) return ["g", stored];
    // The lease changes hands only when its load has become useless.
    if (holder !== null && epoch >= since) return ["h", stored];
    if (stored !== null && !sees) return ["e", stored];
    holder = token;
    epoch = since;
    return ["g", stored];
  };
}

test("in any sequence of calls, only the token that was granted last can store", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const key = freshKey();
      const model = createModel();
      let epoch = 0;
      const ask = {
        claim: async ({ token, since, sees }: Step) => {
          const answer = await key.claim(token, { since, epoch: since, seen: sees ? "*" : "" });
          return answer;
        },
        keep: ({ token }: Step) => key.keep(token),
        fill: ({ token }: Step) => key.settle(token, entryOf(stampOf(token), epoch)),
        fail: ({ token }: Step) => key.settle(token, "", 1000),
        expire: () => key.expire().then(() => null),
      };
      let granted: string | null = null;
      for (const one of steps) {
        // The sequence is what is tested.
        const answer = await ask[one.kind](one);
        if (answer === "g" && granted !== one.token) epoch = one.since;
        if (answer === "g") granted = one.token;
        if (one.kind === "expire" || (answer === 1 && one.kind !== "keep")) granted = null;
        expect([answer, await key.entry()]).toEqual(model(one));
      }
    }),
    { numRuns: 100 },
  );
});
