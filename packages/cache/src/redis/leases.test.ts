import { expect, test } from "vitest";
import type { RequestL2 } from "./l2";
import { createLeases } from "./leases";

test("a Redis that does not keep up gets the leases back without the values, and the caller gets false", async () => {
  const sent: { entries: number; values: number }[] = [];
  // Never replies: all that was sent stays in flight.
  const request: RequestL2 = (_command, _timeoutMs, send) => {
    void send({
      evalsha: (_sha: string, keys: number, ...rest: string[]) => {
        const args = rest.slice(keys);
        sent.push({ entries: keys / 2, values: args.filter((text, index) => index % 4 === 1 && text !== "").length });
        return new Promise(() => undefined);
      },
      // Only this member is called.
    } as never);
  };
  const leases = createLeases({
    request,
    keys: { lease: (entry) => `lease:${entry}` },
    clock: { now: () => 0 },
    nodeTag: "n".repeat(16),
    leaseMs: 1_000,
    renewMs: 500,
    budgetMs: 100,
  });
  const end = (text: string): boolean =>
    leases.end({ entry: "e", token: leases.nextToken(), untilMs: 1_000, node: null }, { text, lifetimeMs: 1_000 });
  for (let count = 0; count < 12_000; count += 1) expect(end("small")).toBe(true);
  const taken = Array.from({ length: 40 }, () => end("x".repeat(1_048_576)));
  expect(taken.filter(Boolean).length).toBeGreaterThan(20);
  expect(taken.at(-1)).toBe(false);
  // Its claim got no reply, so the lease may have been granted.
  expect(leases.store("e", "t", "x".repeat(1_048_576), 1_000)).toBe(false);
  expect(leases.store("e", "", "x".repeat(1_048_576), 1_000)).toBe(false);
  await new Promise(setImmediate);
  expect(sent.reduce((sum, { entries }) => sum + entries, 0)).toBe(12_041);
  expect(sent.reduce((sum, { values }) => sum + values, 0)).toBe(12_000 + taken.filter(Boolean).length);
});
