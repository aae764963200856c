import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { RedisScript } from "@weir/core/redis-script";
import { encodeEntry, stampLength } from "../../packages/cache/src/redis/entry";
import * as scripts from "../../packages/cache/src/redis/scripts";
import { scriptsBySha } from "./scripts";
import { Store } from "./store";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("redisUrl"));
});
afterAll(() => redis.disconnect());

const ids = fc.constantFrom("one", "two");
const epochs = fc.integer({ min: 0, max: 4 }).map(String);
const marks = fc.subarray(["t:a", "t:b", "g:c"]).map((some) => JSON.stringify(some));
const mode = fc.constantFrom("purge", "expire");
const flag = fc.constantFrom("0", "1");
const lasting = "600000";
const stampOf = (name: string): string => name.padEnd(stampLength, "x");
const entry = (name: string): string =>
  encodeEntry({
    stamp: stampOf(name),
    incarnation: "one",
    epoch: 1,
    freshUntilMs: 1,
    usableUntilMs: 2,
    loadMs: 3,
    encoding: "plain",
    marks: [],
    body: "{}",
  });
const seen = fc.constantFrom("", "*", stampOf("one"), stampOf("two"));
const text = fc.constantFrom("", entry("one"), entry("two"));

/** A call of a script: its keys by name, its arguments. */
type Call = { script: RedisScript; keys: string[]; args: string[] };
const call = (script: RedisScript, keys: string[], args: fc.Arbitrary<string[]>): fc.Arbitrary<Call> =>
  args.map((some) => ({ script, keys, args: some }));

const shared = ["clock", "server", "marks", "log", "nodes"];
const calls = fc.array(
  fc.oneof(
    call(
      scripts.attachScript,
      shared,
      fc.tuple(ids, ids, ids, epochs, fc.constantFrom("", "n1"), fc.constant(lasting), fc.constant("1000")),
    ),
    call(
      scripts.invalidateScript,
      ["clock", "marks", "log"],
      fc.tuple(mode, flag, marks, ids, fc.constant("1000"), fc.constantFrom("3", "100")),
    ),
    call(scripts.renewScript, ["clock", "nodes"], fc.tuple(ids, ids, epochs, fc.constant(lasting))),
    call(scripts.laggardsScript, ["server", "nodes"], fc.tuple(ids, epochs, ids, fc.constantFrom("0", lasting))),
    call(
      scripts.claimScript,
      ["lease:1", "entry:1"],
      fc.tuple(fc.constant(lasting), ids, ids, epochs, epochs, seen, flag),
    ),
    call(
      scripts.claimScript,
      ["lease:1", "entry:1", "lease:2", "entry:2"],
      fc
        .tuple(ids, ids, epochs, epochs, seen, flag, ids, ids, epochs, epochs, seen, flag)
        .map((some) => [lasting, ...some]),
    ),
    call(scripts.keepScript, ["lease:1", "lease:2"], fc.tuple(fc.constant(lasting), ids, ids)),
    call(
      scripts.settleScript,
      ["lease:1", "entry:1"],
      fc.tuple(fc.constantFrom("", "one", "two"), text, fc.constant(lasting), fc.constantFrom("0", lasting)),
    ),
  ),
  { maxLength: 25 },
);

/** The server's time and the IDs of its log differ, so both sides use the same placeholders. */
function comparable(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply;
  return reply.map((part) =>
    typeof part === "string" && /^\d{10,}$|^\d+-\d+$/u.test(part) ? "now" : (part as unknown),
  );
}

test("the simulated store responds to the engine's scripts like a real server", async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (some) => {
      const prefix = `{${randomUUID()}}`;
      const store = new Store(() => Date.now());
      for (const { script, keys, args } of some) {
        // Sequential, because each changes the state for the next.
        const names = keys.map((key) => prefix + key);
        const real = await redis.eval(script.source, names.length, ...names, ...args);
        const scripted = scriptsBySha.get(script.sha)?.(store, names, args);
        expect(comparable(scripted), `${script.name} ${args.join(" ")}`).toEqual(comparable(real));
      }
      for (const key of ["clock", "lease:1", "lease:2", "entry:1", "entry:2"]) {
        expect(store.get(prefix + key)).toBe(await redis.get(prefix + key));
      }
      const ourMarks = [...store.sortedSet(`${prefix}marks`)].map(([member, score]) => [member, score]);
      const theirMarks = await Promise.all(
        ourMarks.map(async ([member]) => [member, Number(await redis.zscore(`${prefix}marks`, String(member)))]),
      );
      expect(ourMarks).toEqual(theirMarks);
      expect(ourMarks.length).toBe(await redis.zcard(`${prefix}marks`));
      const [ours, theirs] = [store.stream(`${prefix}log`), await redis.xrange(`${prefix}log`, "-", "+")];
      expect(ours.map(([, fields]) => fields)).toEqual(theirs.map(([, fields]) => fields));
    }),
    { numRuns: 60 },
  );
});
