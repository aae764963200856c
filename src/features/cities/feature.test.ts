import { expect, test } from "vitest";
import { findSharedResponses } from "../../../packages/trpc-node/src/meta";
import { createCountryRouter } from "./country/router";
import { cities } from "./feature";
import { createCityRouter } from "./router";

test.for([
  ["city:42", { text: "city 42", href: "/?city=42" }],
  ["city:javascript", null],
  ["tags:city:42", null],
] as const)("the subject %j in words", ([subject, text]) => {
  expect(cities.describeSubject(subject)).toEqual(text);
});

test("no response is shared with caches that no invalidation reaches", () => {
  // The services are used in calls only.
  for (const router of [createCityRouter({} as never), createCountryRouter({} as never)]) {
    expect(findSharedResponses(router).size).toBe(0);
  }
});
