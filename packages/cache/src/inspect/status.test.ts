import { expect, test } from "vitest";
import { type MarkSnapshot, statusOfStored } from "./status";
import type { StoredHeader } from "./walk";

const header: StoredHeader = {
  stamp: "",
  incarnation: "now",
  epoch: 10,
  freshUntilMs: 1000,
  usableUntilMs: 2000,
  loadMs: 5,
  encoding: "plain",
  marks: ["t:note:1"],
};
const bears = ["g:note.byId", "k:note.byId:1", "t:note:1"];
const clock = { incarnation: "now", epoch: 20, purgeFloor: 0, expireFloor: 0 };
const at = (more: Partial<MarkSnapshot>): MarkSnapshot => ({ clock, serverMs: 500, marks: new Map(), ...more });
const judge = (more: Partial<MarkSnapshot>) => statusOfStored(header, bears, at(more));

test("an entry is fresh, then stale, then void by age", () => {
  expect(judge({})).toEqual({ state: "fresh", reasons: [] });
  expect(judge({ serverMs: 1000 })).toEqual({ state: "stale", reasons: [{ cause: "age", mark: null, epoch: null }] });
  expect(judge({ serverMs: 2000 }).state).toBe("void");
});

test("only marks that are newer than the entry count, and each is named", () => {
  const marks = (purged: number, expired: number) => new Map([["t:note:1", { purged, expired }]]);
  expect(judge({ marks: marks(10, 10) }).state).toBe("fresh");
  expect(judge({ marks: marks(0, 11) })).toEqual({
    state: "stale",
    reasons: [{ cause: "expired", mark: "note:1", epoch: 11 }],
  });
  expect(judge({ marks: marks(12, 11) })).toEqual({
    state: "void",
    reasons: [
      { cause: "purged", mark: "note:1", epoch: 12 },
      { cause: "expired", mark: "note:1", epoch: 11 },
    ],
  });
  const others = new Map([
    ["g:note.byId", { purged: 11, expired: 0 }],
    ["k:note.byId:1", { purged: 12, expired: 0 }],
  ]);
  expect(judge({ marks: others }).reasons.map(({ mark }) => mark)).toEqual(["group:note.byId", "key:note.byId:1"]);
});

test("floors apply to every entry, and another incarnation voids all", () => {
  expect(judge({ clock: { ...clock, purgeFloor: 11 } })).toEqual({
    state: "void",
    reasons: [{ cause: "purged", mark: "*", epoch: 11 }],
  });
  expect(judge({ clock: { ...clock, expireFloor: 11 } }).state).toBe("stale");
  expect(judge({ clock: { ...clock, purgeFloor: 10 } }).state).toBe("fresh");
  for (const other of [null, { ...clock, incarnation: "then" }]) {
    expect(judge({ clock: other })).toMatchObject({ state: "void", reasons: [{ cause: "incarnation" }] });
  }
});
