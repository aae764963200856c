import { defineErrors } from "@weir/core/errors";

/** The errors of the cities. */
export const CityError = defineErrors({
  CITY_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No city with this ID exists.",
    when: "The ID is well formed, but no row has it. The absence is cached briefly.",
    fix: "Check the ID; it is a GeoNames ID.",
  },
  COUNTRY_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No country with this code exists.",
    when: "The code is two capital letters, but no country has it.",
    fix: "Take a code from `country.list`.",
  },
  CITY_VERSION_CONFLICT: {
    rpcCode: "CONFLICT",
    message: "The city has changed since it was read. Read it again and reapply the change.",
    when: "An update named a version that is no longer current. Nothing was written.",
    fix: "Read the city, apply the change to its current values, send the new version.",
  },
});
