import { expect, test } from "vitest";
import { cities } from "./feature";

test.for([
  ["city:42", { text: "city 42", href: "/?city=42" }],
  ["city:javascript", null],
  ["tags:city:42", null],
] as const)("the subject %j in words", ([subject, text]) => {
  expect(cities.describeSubject(subject)).toEqual(text);
});
