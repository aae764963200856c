import { expect, test } from "vitest";
import { createCallResponses } from "./call-responses";

const request = { id: "1" };
const value = { id: 1 };

function answersOf(isLive: () => boolean = () => true) {
  const live = { group: "things", value, answers: isLive };
  return createCallResponses({ sourceOf: (_procedure, given) => (given === value ? live : undefined) });
}

test("an answer is found by procedure and input, for as long as its entry answers", () => {
  let isLive = true;
  const answers = answersOf(() => isLive);
  answers.keep("thing.byId", { id: 1 }, value, "text");
  expect(answers.find("thing.byId", { id: 1 }, request)).toBe("text");
  expect(answers.find("thing.byId", { id: 2 }, request)).toBeUndefined();
  expect(answers.find("thing.other", { id: 1 }, request)).toBeUndefined();
  isLive = false;
  expect(answers.find("thing.byId", { id: 1 }, request)).toBeUndefined();
  isLive = true;
  expect(answers.find("thing.byId", { id: 1 }, request)).toBeUndefined();
});

test("a value of another way than out of an entry is not kept", () => {
  const answers = answersOf();
  answers.keep("thing.byId", { id: 1 }, { id: 1 }, "text");
  expect(answers.find("thing.byId", { id: 1 }, request)).toBeUndefined();
});

test("inputs that JSON cannot tell apart share no answer", () => {
  const answers = answersOf();
  answers.keep("thing.byId", { id: null }, value, "text");
  expect(answers.find("thing.byId", JSON.parse('{"id":1e400}'), request)).toBeUndefined();
});
