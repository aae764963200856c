import { expect, test } from "vitest";
import { WeirError } from "@weir/core/errors";
import { createStreams } from "./streams";

const few = { "note.changes": { perClient: 2, perNode: 3 }, "insights.live": { perClient: 1, perNode: 1 } };
const staying = (): AbortSignal => new AbortController().signal;

test("a client and a node hold only so many, each kind for itself, and the refusal names the limit", () => {
  const streams = createStreams(few);
  const first = streams.open("note.changes", "a", staying());
  streams.open("note.changes", "a", staying());
  expect(() => streams.open("note.changes", "a", staying())).toThrow(/One client may hold 2 of note\.changes/);
  streams.open("insights.live", "a", staying());
  streams.open("note.changes", "b", staying());
  expect(() => streams.open("note.changes", "c", staying())).toThrow(/A node holds 3 of note\.changes/);
  first.release();
  first.release();
  streams.open("note.changes", "c", staying());
  expect(() => streams.open("note.changes", "c", staying())).toThrow(WeirError);
  expect(streams.count).toBe(4);
});

test("a client that leaves gives its place back, even before anybody listened", () => {
  const streams = createStreams(few);
  const client = new AbortController();
  const stream = streams.open("insights.live", "a", client.signal);
  client.abort();
  expect([stream.signal.aborted, streams.count]).toEqual([true, 0]);
  expect(stream.signal.reason).not.toBeInstanceOf(WeirError);
  expect(streams.open("insights.live", "a", client.signal).signal.aborted).toBe(true);
  expect(streams.count).toBe(0);
});

test("a node that drains ends what is open and admits nothing", () => {
  const streams = createStreams(few);
  const stream = streams.open("insights.live", "a", staying());
  streams.drain();
  expect(stream.signal.reason).toMatchObject({ code: "SERVER_DRAINING" });
  expect(() => streams.open("note.changes", "a", staying())).toThrow(/shutting down/);
});
