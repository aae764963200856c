import { expect, test } from "vitest";
import { allRead, describeVerdict, textOf } from "./verdict";

const answer = (value: unknown, error: string | null = null) => ({ value, error, ms: 1 });

test("one reader with another value makes the cell wrong and is named", () => {
  const verdict = allRead("new", { here: answer({ text: "new" }), there: answer({ text: "old" }) });
  expect(verdict).toEqual({ kind: "wrong", seen: "old there" });
  expect(describeVerdict(verdict)).toBe("WRONG: old there");
});

test("a reader without an answer makes the cell wrong", () => {
  const verdict = allRead("new", { here: answer(null, "no answer in 8 s"), there: answer({ text: "new" }) });
  expect(verdict).toEqual({ kind: "wrong", seen: "no answer in 8 s here" });
  expect(allRead("new", { here: answer(null, "Error: broken") }).kind).toBe("wrong");
  expect(allRead("new", { here: answer(undefined) }).kind).toBe("wrong");
});

test("an error shared by all is named once", () => {
  const old = answer({ text: "old" });
  expect(allRead("new", { here: old, there: old }, "; it threw")).toEqual({
    kind: "wrong",
    seen: "old everywhere; it threw",
  });
});

test("a cell is right when every reader got the new value, in either version's shape", () => {
  expect(allRead("new", { here: answer({ text: "new" }), there: answer({ name: "new" }) }).kind).toBe("right");
  expect(textOf(answer({ name: "new" }))).toBe("new");
});
