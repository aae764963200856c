import { expect, test } from "vitest";
import { passwordProblem } from "./password-rule.js";

test.each(["correct horse battery", "тихий океан 42", "x7!Kq0#mZp2&", "a1b2c3d4e5f6"])("%s is accepted", (password) => {
  expect(passwordProblem(password, ["ada@example.com", "Ada Lovelace"])).toBeNull();
});

test.each([
  ["eleven char", "at least 12"],
  ["a".repeat(129), "at most 128"],
  ["abababababab", "6 different"],
  ["ａｄａ@ｅｘａｍｐｌｅ.com", "name or email"],
  ["lovelace rules", "name or email"],
  ["ada@example.com", "name or email"],
  ["I like EXAMPLE 7", "name or email"],
])("%s: %s", (password, why) => {
  expect(passwordProblem(password, ["ada@example.com", "Ada Lovelace"])).toContain(why);
});
