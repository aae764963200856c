import { expect, test } from "vitest";
import { CurrentBook } from "./current-book";
import { Ledger } from "./ledger";

const minute = Date.UTC(2026, 0, 1, 12, 0);

function open(nowMs: number) {
  const clock = { nowMs, looks: 0 };
  const ledger = new Ledger({ maxSeries: 5, nowMs });
  const now = (): number => {
    clock.looks += 1;
    return clock.nowMs;
  };
  return { clock, ledger, page: new CurrentBook(ledger, now) };
}

test("what tells when it ended is counted without a look at the clock until the slot is over", () => {
  const { clock, page } = open(minute);
  const { looks } = clock;
  const book = page.look();
  for (let message = 0; message < 100; message += 1) expect(page.at(performance.now())).toBe(book);
  expect(clock.looks).toBe(looks + 1);
  clock.nowMs += 5_000;
  expect(page.at(performance.now() + 5_000)).not.toBe(book);
});

test("what does not tell is counted by the clock", () => {
  const { clock, page } = open(minute + 4_999);
  const book = page.at();
  clock.nowMs += 1;
  expect(page.at()).not.toBe(book);
});

test("a slot that ends within the second is not trusted beyond its end", () => {
  const { clock, page } = open(minute + 4_900);
  const book = page.look();
  const beganAtMs = performance.now();
  clock.nowMs += 100;
  expect(page.at(beganAtMs + 101)).not.toBe(book);
});

test("after the ledger was settled nothing is counted into a slot that is closed", () => {
  const { clock, ledger, page } = open(minute);
  const book = page.at(performance.now());
  clock.nowMs += 5_000;
  ledger.settle(clock.nowMs);
  page.look();
  expect(page.at(performance.now())).not.toBe(book);
  expect(page.at(performance.now())).toBe(ledger.at(clock.nowMs));
});
