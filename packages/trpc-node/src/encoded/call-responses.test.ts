import { expect, test } from "vitest";
import { createCallResponses } from "./call-responses";

const request = { id: "1" };
const value = { id: 1 };

function answersOf(isLive: () => boolean = () => true) {
  const live = { group: "things", value, answers: isLive };
  return createCallResponses({ sourceOf: (_procedure, given) => (given === value ? live : undefined) });
}

test("a response is found by procedure and input while its entry is valid", () => {
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

test("a value that came from no entry is not kept", () => {
  const answers = answersOf();
  answers.keep("thing.byId", { id: 1 }, { id: 1 }, "text");
  expect(answers.find("thing.byId", { id: 1 }, request)).toBeUndefined();
});

test("inputs that JSON cannot tell apart share no response", () => {
  const answers = answersOf();
  answers.keep("thing.byId", { id: null }, value, "text");
  expect(answers.find("thing.byId", JSON.parse('{"id":1e400}'), request)).toBeUndefined();
});
