import { describe, expect, it } from "vitest";
import type { User } from "@/server/auth/contract";
import { findUsers, orderUsers, pageOf, usersPerPage } from "./find-users";

function user(name: string, some: Partial<User> = {}): User {
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

const ada = user("Ada Lovelace", { role: "admin", sessions: 2, lastSignInAt: "2026-03-01T00:00:00.000Z" });
const emile = user("Émile Borel", { role: "operator", isDisabled: true });
const zoe = user("Zoë Ruiz", { sessions: 2, lastSignInAt: "2026-04-01T00:00:00.000Z" });
const all = [zoe, ada, emile];
const names = (users: readonly User[]): string[] => users.map(({ name }) => name);

describe("findUsers", () => {
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
    expect(names(findUsers(all, query))).toEqual(found);
  });
});

describe("orderUsers", () => {
  it("sorts accented names in place, and breaks ties by name", () => {
    expect(names(orderUsers(all, { by: "name", isDescending: false }))).toEqual([
      "Ada Lovelace",
      "Émile Borel",
      "Zoë Ruiz",
    ]);
    expect(names(orderUsers(all, { by: "sessions", isDescending: true }))).toEqual([
      "Ada Lovelace",
      "Zoë Ruiz",
      "Émile Borel",
    ]);
  });

  it("sorts roles by permission and sign-ins by time, with `never` first", () => {
    expect(names(orderUsers(all, { by: "role", isDescending: true }))[0]).toBe("Ada Lovelace");
    expect(names(orderUsers(all, { by: "lastSignInAt", isDescending: false }))).toEqual([
      "Émile Borel",
      "Ada Lovelace",
      "Zoë Ruiz",
    ]);
  });
});

describe("pageOf", () => {
  const rows = Array.from({ length: usersPerPage + 1 }, (_, index) => index);

  it("cuts a list into pages and clamps the page number", () => {
    expect(pageOf(rows, 1)).toEqual({ rows: rows.slice(0, usersPerPage), page: 1, pages: 2 });
    expect(pageOf(rows, 2)).toEqual({ rows: [usersPerPage], page: 2, pages: 2 });
    expect(pageOf(rows, 99).page).toBe(2);
    expect(pageOf(rows, -1).page).toBe(1);
    expect(pageOf([], 1)).toEqual({ rows: [], page: 1, pages: 1 });
  });
});
