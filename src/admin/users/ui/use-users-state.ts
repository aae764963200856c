import { parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { userOrders } from "./find-users";

const parsers = {
  /** The filter. */
  q: parseAsString.withDefault(""),
  page: parseAsInteger.withDefault(1),
  by: parseAsStringLiteral(userOrders).withDefault("name"),
  desc: parseAsBoolean.withDefault(false),
  /** The id of the user whose sheet is open. */
  open: parseAsString,
};

/** What the page of users shows. It lives in the URL: every view is a link. */
export function useUsersState() {
  return useQueryStates(parsers);
}

export type UsersState = ReturnType<typeof useUsersState>[0];
export type SetUsersState = ReturnType<typeof useUsersState>[1];
