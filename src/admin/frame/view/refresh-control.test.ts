import { expect, test } from "vitest";
import { freshnessOf } from "./refresh-control";

const shown = (arrivedAtMs: number, refreshMs: number | null = 1_000) => ({ arrivedAtMs, refreshMs, error: null });
const nowMs = 1_000_000;

test("a page is as old as its oldest part, and stale as soon as one part is", () => {
  expect(freshnessOf([shown(nowMs - 500), shown(nowMs - 2_500)], "live", nowMs)).toEqual({
    state: "live",
    ageMs: 2_500,
  });
  expect(freshnessOf([shown(nowMs - 500), shown(nowMs - 6_000)], "live", nowMs).state).toBe("stale");
  expect(freshnessOf([shown(nowMs - 6_000, 30_000)], "live", nowMs).state).toBe("live");
});

test("what is never refreshed does not go stale, and what has not arrived is waited for", () => {
  expect(freshnessOf([shown(nowMs - 600_000, null)], "live", nowMs).state).toBe("live");
  expect(freshnessOf([shown(nowMs), shown(0)], "live", nowMs).state).toBe("waiting");
  expect(freshnessOf([shown(nowMs - 9_000), shown(0)], "off", nowMs)).toEqual({ state: "paused", ageMs: 9_000 });
});
