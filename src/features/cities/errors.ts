import { defineErrors } from "@weir/core/errors";

/** What the cities fail with. */
export const CityError = defineErrors({
  CITY_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No city with this ID exists.",
    when: "The id is well formed, and no row has it. The answer is cached as negative for a short while.",
    fix: "Check the id; it is a GeoNames id.",
  },
  COUNTRY_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No country with this code exists.",
    when: "Two capital letters that no country has.",
    fix: "Take a code from `country.list`.",
  },
  CITY_VERSION_CONFLICT: {
    rpcCode: "CONFLICT",
    message: "The city has changed since it was read. Read it again and reapply the change.",
    when: "An update named a version that is no longer the current one. Nothing was written.",
    fix: "Read the city, apply the change to what it is now, send the new version.",
  },
});
