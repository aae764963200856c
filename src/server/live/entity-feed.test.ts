import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Change, type ChangeLog, createChangeLog, type Position } from "./change-log";
import type { EntityChange, EntityEvent } from "./contract";
import { createEntityFeed, type EntityFeedInput } from "./entity-feed";

type Note = { id: number; folder: string; version: number };
type NoteEvent = EntityEvent<EntityChange<number, Note>>;

const note = (id: number, folder = "inbox"): Note => ({ id, folder, version: 1 });

let follower: { entered: (change: Change) => void; began: (position: Position) => void };
let older: Change[];
let epoch: number;
let notes: Map<number, Note | null>;
let isReadable: boolean;
let log: ChangeLog;
let client: AbortController;

const open = (capacity?: number): ChangeLog =>
  createChangeLog(
    {
      follow: (one) => {
        follower = one;
        one.began({ incarnation: "i", epoch });
        return () => undefined;
      },
      history: async () => older,
    },
    { capacity },
  );

beforeEach(() => {
  older = [];
  epoch = 100;
  notes = new Map([1, 2, 3].map((id) => [id, note(id)]));
  isReadable = true;
  client = new AbortController();
  log = open();
});
afterEach(() => client.abort());

function listen(input: EntityFeedInput<number, Note> = {}) {
  const feed = createEntityFeed<number, Note>({
    log,
    idOfTag: (tag) => (tag.startsWith("note:") ? Number(tag.slice(5)) : null),
    broadTags: new Set(["notes:imported"]),
    read: async (ids) => {
      if (!isReadable) throw new Error("The database is away.");
      return new Map(ids.map((id) => [id, notes.get(id) ?? null]));
    },
    pauseMs: 0,
  });
  const events = feed({ lastEventId: null, ...input }, client.signal);
  return async (): Promise<{ id: string; event: NoteEvent }> => {
    const { value, done } = await events.next();
    if (done === true) throw new Error("The stream is over.");
    return value;
  };
}

const write = (...tags: string[]): void => {
  epoch += 1;
  follower.entered({ incarnation: "i", epoch, all: false, tags });
};
const ids = ({ event }: { event: NoteEvent }): number[] => event.changes.map(({ id }) => id);

describe("the changes of notes", () => {
  test("start with the requested notes, then send each change with its new value", async () => {
    const next = listen({ ids: [1, 9] });
    expect(await next()).toEqual({
      id: "i.100",
      event: {
        type: "ready",
        changes: [
          { kind: "present", id: 1, value: note(1) },
          { kind: "absent", id: 9 },
        ],
      },
    });
    write("note:2", "folder:inbox");
    notes.set(1, { ...note(1), version: 2 });
    write("note:1", "folder:inbox", "notes:all");
    expect(await next()).toEqual({
      id: "i.102",
      event: {
        type: "changes",
        changes: [{ kind: "present", id: 1, value: { ...note(1), version: 2 } }],
      },
    });
  });

  test("name a note once, even if it changed several times while the client was slow", async () => {
    const next = listen();
    await next();
    for (let count = 0; count < 50; count += 1) write("note:1");
    write("note:2");
    expect(ids(await next())).toEqual([1, 2]);
  });

  test("resume after the last event without gaps or duplicates, on any node that has followed the log since", async () => {
    write("note:1");
    write("note:2");
    expect(ids(await listen({ lastEventId: "i.101" })())).toEqual([2]);
    write("note:3");
    expect(ids(await listen({ lastEventId: "i.102" })())).toEqual([3]);
  });

  test("read log entries from before this node started", async () => {
    older = [98, 99, 100].map((at) => ({ incarnation: "i", epoch: at, all: false, tags: [`note:${at - 97}`] }));
    expect(ids(await listen({ lastEventId: "i.98" })())).toEqual([2, 3]);
    write("note:1");
    expect(ids(await listen({ lastEventId: "i.99" })())).toEqual([3, 1]);
    expect(await listen({ lastEventId: "i.96", ids: [2] })()).toMatchObject({
      id: "i.101",
      event: { type: "gap", changes: [{ id: 2 }] },
    });
  });

  test.each([
    ["another incarnation", "j.100"],
    ["further back than the history", "i.1"],
  ])("report a gap after %s", async (_what, lastEventId) => {
    const { id, event } = await listen({ lastEventId })();
    expect([id, event.type]).toEqual(["i.100", "gap"]);
  });

  test("report a gap when any note may have changed", async () => {
    const next = listen();
    await next();
    write("note:1");
    write("notes:imported");
    expect((await next()).event).toEqual({ type: "gap", changes: [] });
    follower.entered({ incarnation: "i", epoch: (epoch += 1), all: true, tags: [] });
    expect((await next()).event.type).toBe("gap");
    follower.began({ incarnation: "k", epoch: 7 });
    expect(await next()).toMatchObject({ id: "k.7", event: { type: "gap" } });
  });

  test("come in batches of a hundred, and none is lost in between", async () => {
    const next = listen();
    await next();
    for (let id = 1; id <= 250; id += 1) write(`note:${id}`);
    const portions = [await next(), await next(), await next()].map(ids);
    expect(portions.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(portions.flat()).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
  });

  test("with a filter leave out other notes, but not unreadable ones", async () => {
    notes.set(2, note(2, "archive"));
    const next = listen({ matches: ({ folder }) => folder === "inbox" });
    await next();
    write("note:1");
    write("note:2");
    expect(ids(await next())).toEqual([1]);
    isReadable = false;
    write("note:2");
    expect((await next()).event.changes).toEqual([{ kind: "unread", id: 2 }]);
  });

  test("give a quiet client a new position now and then", async () => {
    const next = listen({ ids: [3] });
    await next();
    for (let count = 0; count < 1_000; count += 1) write("note:1");
    expect(await next()).toEqual({ id: "i.1100", event: { type: "changes", changes: [] } });
  });

  test("drop entries beyond their capacity", async () => {
    log.close();
    log = open(10);
    for (let count = 0; count < 30; count += 1) write("note:1");
    expect((await listen({ lastEventId: "i.101" })()).event.type).toBe("gap");
    expect((await listen({ lastEventId: `i.${epoch - 5}` })()).event.type).toBe("changes");
  });

  test("end when the client disconnects, during any wait", async () => {
    const next = listen();
    await next();
    const last = next();
    client.abort();
    await expect(last).rejects.toThrow("over");
    expect(log.waiting).toBe(0);
  });
});
