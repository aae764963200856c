import { expect, test } from "vitest";
import { type Line, type Methods, openLine } from "./line";

/** Two sides that hear each other. */
function connect(here: Methods, there: Methods): [Line, Line] {
  const sides: Line[] = [];
  const to = (index: number) => (message: unknown) => queueMicrotask(() => sides[index]?.hear(message));
  const pair: [Line, Line] = [openLine(here, to(1)), openLine(there, to(0))];
  sides.push(...pair);
  return pair;
}

test("each side calls the methods of the other, also in the middle of a call", async () => {
  const [caller, callee] = connect(
    { double: (n: number) => 2 * n },
    { doubleTwice: async (n: number): Promise<unknown> => callee.call("double", await callee.call("double", n)) },
  );
  expect(await caller.call("doubleTwice", 5)).toBe(20);
});

test("a failure over there rejects here with its message, and so does a method that is not there", async () => {
  const fail = (): never => {
    throw new Error("broken");
  };
  const [here] = connect({}, { fail });
  await expect(here.call("fail")).rejects.toThrow("broken");
  await expect(here.call("nothing")).rejects.toThrow("There is no method nothing.");
});

test("who hangs up leaves nobody waiting, then and later", async () => {
  const [here] = connect({}, { never: () => new Promise(() => undefined) });
  const waiting = here.call("never");
  here.hangUp("it is dead");
  await expect(waiting).rejects.toThrow("it is dead");
  await expect(here.call("never")).rejects.toThrow("it is dead");
});
