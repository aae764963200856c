import { expect, test } from "vitest";
import { createRedisTime } from "./redis-time";

test("server time is estimated from the middle of a round trip", () => {
  const time = createRedisTime();
  expect([time.fromLocal(0), time.toLocal(0)]).toEqual([null, null]);
  time.observe(100, 120, 5000);
  expect([time.fromLocal(110), time.toLocal(5000)]).toEqual([5000, 110]);
});

test("what was forgotten is not learned again from a reading that was asked for earlier", () => {
  const time = createRedisTime();
  time.observe(100, 120, 5000);
  time.forget(130);
  time.observe(125, 140, 5020);
  expect([time.fromLocal(110), time.toLocal(5000)]).toEqual([null, null]);
  time.observe(150, 150, 9000);
  expect(time.toLocal(9000)).toBe(150);
});
