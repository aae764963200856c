import { expect, test } from "vitest";
import { type Line, type Methods, openLine } from "./line";

/** Two connected sides. */
function connect(here: Methods, there: Methods): [Line, Line] {
  const sides: Line[] = [];
  const to = (index: number) => (message: unknown) => queueMicrotask(() => sides[index]?.hear(message));
  const pair: [Line, Line] = [openLine(here, to(1)), openLine(there, to(0))];
  sides.push(...pair);
  return pair;
}

test("each side can call the other, even during a call", async () => {
  const [caller, callee] = connect(
    { double: (n: number) => 2 * n },
    { doubleTwice: async (n: number): Promise<unknown> => callee.call("double", await callee.call("double", n)) },
  );
  expect(await caller.call("doubleTwice", 5)).toBe(20);
});

test("a remote failure rejects with its message, and so does an unknown method", async () => {
  const fail = (): never => {
    throw new Error("broken");
  };
  const [here] = connect({}, { fail });
  await expect(here.call("fail")).rejects.toThrow("broken");
  await expect(here.call("nothing")).rejects.toThrow("Unknown method nothing.");
});

test("hanging up rejects current and later calls", async () => {
  const [here] = connect({}, { never: () => new Promise(() => undefined) });
  const waiting = here.call("never");
  here.hangUp("it is dead");
  await expect(waiting).rejects.toThrow("it is dead");
  await expect(here.call("never")).rejects.toThrow("it is dead");
});
