import { expect, test } from "vitest";
import { createCoolDown } from "./cool-down";

const setUp = () => {
  let nowMs = 0;
  const coolDown = createCoolDown({ clock: { now: () => nowMs }, forMs: 100 });
  return { coolDown, pass: (ms: number) => void (nowMs += ms) };
};

test("all may while nothing fails, nobody right after a failure", () => {
  const { coolDown, pass } = setUp();
  expect([coolDown.permits(), coolDown.permits()]).toEqual([true, true]);
  expect(coolDown.failed()).toBe(false);
  pass(99);
  expect(coolDown.permits()).toBe(false);
});

test("after the pause one attempt decides", () => {
  const { coolDown, pass } = setUp();
  coolDown.failed();
  pass(100);
  expect([coolDown.permits(), coolDown.permits()]).toEqual([true, false]);
  expect(coolDown.failed()).toBe(true);
  expect(coolDown.permits()).toBe(false);
  pass(100);
  expect(coolDown.permits()).toBe(true);
  coolDown.succeeded();
  expect([coolDown.permits(), coolDown.permits()]).toEqual([true, true]);
});
