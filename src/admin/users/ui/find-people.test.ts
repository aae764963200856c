import { describe, expect, it } from "vitest";
import type { Person } from "@/server/auth/contract";
import { findPeople, orderPeople, pageOf, peoplePerPage } from "./find-people";

function person(name: string, some: Partial<Person> = {}): Person {
  return {
    id: name,
    email: `${name.split(" ")[0]?.toLowerCase()}@weir.example`,
    name,
    role: "viewer",
    createdAt: "2026-01-01T00:00:00.000Z",
    lastSignInAt: null,
    isDisabled: false,
    mustChangePassword: false,
    sessions: 0,
    ...some,
  };
}

const ada = person("Ada Lovelace", { role: "admin", sessions: 2, lastSignInAt: "2026-03-01T00:00:00.000Z" });
const emile = person("Émile Borel", { role: "operator", isDisabled: true });
const zoe = person("Zoë Ruiz", { sessions: 2, lastSignInAt: "2026-04-01T00:00:00.000Z" });
const all = [zoe, ada, emile];
const names = (people: readonly Person[]): string[] => people.map(({ name }) => name);

describe("findPeople", () => {
  it.each([
    ["", ["Zoë Ruiz", "Ada Lovelace", "Émile Borel"]],
    ["emile", ["Émile Borel"]],
    ["ZOË", ["Zoë Ruiz"]],
    ["ada@weir", ["Ada Lovelace"]],
    ["weir operator", ["Émile Borel"]],
    ["disabled", ["Émile Borel"]],
    ["  ruiz  zoe ", ["Zoë Ruiz"]],
    ["nobody", []],
  ])("%j finds %j", (query, found) => {
    expect(names(findPeople(all, query))).toEqual(found);
  });
});

describe("orderPeople", () => {
  it("sorts accents where they belong, and equals by name", () => {
    expect(names(orderPeople(all, { by: "name", isDescending: false }))).toEqual([
      "Ada Lovelace",
      "Émile Borel",
      "Zoë Ruiz",
    ]);
    expect(names(orderPeople(all, { by: "sessions", isDescending: true }))).toEqual([
      "Ada Lovelace",
      "Zoë Ruiz",
      "Émile Borel",
    ]);
  });

  it("sorts roles by what they may do and sign-ins by time, never first", () => {
    expect(names(orderPeople(all, { by: "role", isDescending: true }))[0]).toBe("Ada Lovelace");
    expect(names(orderPeople(all, { by: "lastSignInAt", isDescending: false }))).toEqual([
      "Émile Borel",
      "Ada Lovelace",
      "Zoë Ruiz",
    ]);
  });
});

describe("pageOf", () => {
  const rows = Array.from({ length: peoplePerPage + 1 }, (_, index) => index);

  it("cuts a list into pages and stays within them", () => {
    expect(pageOf(rows, 1)).toEqual({ rows: rows.slice(0, peoplePerPage), page: 1, pages: 2 });
    expect(pageOf(rows, 2)).toEqual({ rows: [peoplePerPage], page: 2, pages: 2 });
    expect(pageOf(rows, 99).page).toBe(2);
    expect(pageOf(rows, -1).page).toBe(1);
    expect(pageOf([], 1)).toEqual({ rows: [], page: 1, pages: 1 });
  });
});
