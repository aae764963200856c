import { parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { peopleOrders } from "./find-people";

const parsers = {
  /** The filter. */
  q: parseAsString.withDefault(""),
  page: parseAsInteger.withDefault(1),
  by: parseAsStringLiteral(peopleOrders).withDefault("name"),
  desc: parseAsBoolean.withDefault(false),
  /** The id of the person whose sheet is open. */
  open: parseAsString,
};

/** What the page of people shows. It lives in the URL: every view is a link. */
export function usePeopleState() {
  return useQueryStates(parsers);
}

export type PeopleState = ReturnType<typeof usePeopleState>[0];
export type SetPeopleState = ReturnType<typeof usePeopleState>[1];
