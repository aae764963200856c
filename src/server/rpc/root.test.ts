import { expect, test } from "vitest";
import { refuseTakenNames } from "./root";

const platform = ["accounts", "users"];
const refuse = (...features: [name: string, ...routers: string[]][]) =>
  refuseTakenNames(
    platform,
    features.map(([name, ...routers]) => ({ name, routers: Object.fromEntries(routers.map((one) => [one, {}])) })),
  );

test("features with names of their own are accepted", () => {
  expect(() => refuse(["orders", "order"], ["parts", "part", "supplier"])).not.toThrow();
});

test.each<[[string, ...string[]][], string]>([
  [[["accounts", "bankAccount"]], "A feature cannot be called accounts"],
  [[["people", "users"]], "The feature people has a router users"],
  [
    [
      ["orders", "order"],
      ["purchases", "order"],
    ],
    "The feature purchases has a router order",
  ],
])("what would take the place of something else is refused: %o", (features, message) => {
  expect(() => refuse(...features)).toThrow(message);
});
