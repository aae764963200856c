import { expect, test } from "vitest";
import { adviceTitle, bestGain, gainWords } from "./advice-words";

const statement = (name: string, costBefore: number, costAfter: number | null) => ({
  name,
  variant: 0,
  calls: 1,
  totalMs: 1,
  costBefore,
  costAfter,
});

test("advice says what to do", () => {
  const on = { table: "public.orders", columns: ["customer_id", "placed_at"], index: "orders_idle" };
  expect(adviceTitle({ action: "create", ...on })).toBe("Add an index on public.orders (customer_id, placed_at)");
  expect(adviceTitle({ action: "drop", ...on })).toBe("Drop the index orders_idle of public.orders");
});

test("a gain is shown only where it is known, and the best one counts", () => {
  expect(gainWords(statement("a", 100, 10))).toBe("10× cheaper");
  expect(gainWords(statement("a", 15, 10))).toBe("1.5× cheaper");
  expect(gainWords(statement("a", 10, 10))).toBeNull();
  expect(gainWords(statement("a", 10, null))).toBeNull();
  const found = bestGain({ statements: [statement("a", 20, 10), statement("b", 90, 3), statement("c", 9, null)] });
  expect(found?.name).toBe("b");
  expect(bestGain({ statements: [statement("c", 9, null)] })).toBeNull();
});
