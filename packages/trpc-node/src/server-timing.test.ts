import { afterAll, expect, test } from "vitest";
import { channels, type CacheReadMessage } from "@weir/core/channels";
import { type RequestScope, runInScope } from "@weir/core/scope";
import { attachServerTiming, collectTimings, serverTiming } from "./server-timing";

const detach = attachServerTiming();
afterAll(detach);

const read = (part: Partial<CacheReadMessage>): CacheReadMessage => ({
  type: "read",
  group: "note.byId",
  outcome: "hit",
  tier: "l2",
  durationMs: 0.4,
  loadMs: null,
  ...part,
});

function during(request: RequestScope, work: () => void): void {
  runInScope({ request, origin: "app", procedure: null, deadlineAtMs: null }, work);
}

test("hits are named by their tier, other reads by their outcome, and everything else is summed", () => {
  const request = { id: "a" };
  collectTimings(request);
  during(request, () => {
    channels.cache.publish(read({}));
    channels.cache.publish(read({ outcome: "miss", tier: null, durationMs: 5, loadMs: 4 }));
    channels.sql.publish({ statement: "s", text: "", waitMs: 0.1, durationMs: 1.5, rows: 1, ok: true });
    channels.sql.publish({ statement: "s", text: "", waitMs: 0.2, durationMs: 2, rows: 1, ok: true });
  });
  expect(serverTiming(request, 1.9)).toBe(
    'total;dur=1.9, cache;desc="note.byId l2";dur=0.4, cache;desc="note.byId miss";dur=5, load;dur=4, pool;dur=0.3, sql;dur=3.5',
  );
});

test("at most ten reads are listed", () => {
  const request = { id: "b" };
  collectTimings(request);
  during(request, () => {
    for (let count = 0; count < 30; count += 1) channels.cache.publish(read({}));
  });
  expect(serverTiming(request, 1).match(/cache;/g)).toHaveLength(10);
});

test("the work of another request is not counted", () => {
  const [mine, other] = [{ id: "c" }, { id: "d" }];
  collectTimings(mine);
  collectTimings(other);
  during(other, () => channels.cache.publish(read({})));
  channels.cache.publish(read({}));
  expect(serverTiming(mine, 2)).toBe("total;dur=2");
});
