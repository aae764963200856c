import { describe, expect, test, vi } from "vitest";
import type { AuditEntry } from "@/admin/audit/contract/entries";
import { createMarks, type ListActs, toMark } from "./marks";

const entry = (after: AuditEntry["after"]): AuditEntry => ({
  id: "7",
  at: "2026-01-01T12:00:00.000Z",
  action: "cache.invalidate",
  actor: { id: "p1", label: "ops@weir.example" },
  subject: "cache",
  before: null,
  after,
  address: "10.0.0.1",
  requestId: "r-1",
});

describe("a mark", () => {
  test.each([
    [{ groups: ["note.search"], mode: "purge" }, "group note.search", "purge", ["note.search"]],
    [{ tags: ["folder:JP", "notes:all"], mode: "expire" }, "tags folder:JP, notes:all", "expire", []],
    [{ keys: ["note.byId 42"], tags: ["a"], mode: "purge" }, "tag a and key note.byId 42", "purge", []],
    [{ all: true, mode: "purge" }, "everything", "purge", []],
  ] as const)("of %o names the target and the actor", (facts, target, mode, groups) => {
    const after = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, structuredClone(value)]));
    expect(toMark(entry(after as AuditEntry["after"]))).toEqual({
      id: "7",
      at: "2026-01-01T12:00:00.000Z",
      kind: "invalidation",
      target,
      groups,
      mode,
      by: "ops@weir.example",
    });
  });
});

test("the mark of a deletion names the prefix and its group", () => {
  const deleted = { ...entry({ prefix: "note.byId:4", mode: "purge" }), action: "cache.deletePrefix" as const };
  expect(toMark(deleted)).toMatchObject({ target: "keys note.byId:4…", groups: ["note.byId"], mode: "purge" });
});

describe("reading the marks", () => {
  test("reads invalidations and deletions once a second for any number of callers", async () => {
    let nowMs = 1_000;
    const list = vi.fn<ListActs>(async ({ action }) => ({
      entries: action === "cache.invalidate" ? [entry({ all: true })] : [],
      nextCursor: null,
    }));
    const read = createMarks(list, () => nowMs);
    const [first, second] = await Promise.all([read(), read()]);
    expect(second).toBe(first);
    nowMs += 999;
    await read();
    expect(list.mock.calls.map(([{ action }]) => action)).toEqual(["cache.invalidate", "cache.deletePrefix"]);
    nowMs += 1;
    await read();
    expect(list).toHaveBeenCalledTimes(4);
  });

  test("returns null when the log fails or times out", async () => {
    vi.useFakeTimers();
    try {
      const failing = createMarks(
        () => Promise.reject(new Error("no connection")),
        () => 0,
      );
      expect(await failing()).toBeNull();
      const hanging = createMarks(
        () => new Promise(() => undefined),
        () => 0,
      );
      const marks = hanging();
      await vi.advanceTimersByTimeAsync(501);
      expect(await marks).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });
});
