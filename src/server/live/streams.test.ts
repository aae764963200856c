import { expect, test } from "vitest";
import { WeirError } from "@weir/core/errors";
import { createStreams } from "./streams";

const few = { "note.changes": { perClient: 2, perNode: 3 }, "insights.live": { perClient: 1, perNode: 1 } };
const staying = (): AbortSignal => new AbortController().signal;

test("a client and a node have a limit per kind, and the error names it", () => {
  const streams = createStreams(few);
  const first = streams.open("note.changes", "a", staying());
  streams.open("note.changes", "a", staying());
  expect(() => streams.open("note.changes", "a", staying())).toThrow(
    /One client may have 2 note\.changes streams open/,
  );
  streams.open("insights.live", "a", staying());
  streams.open("note.changes", "b", staying());
  expect(() => streams.open("note.changes", "c", staying())).toThrow(/One node may have 3 note\.changes streams open/);
  first.release();
  first.release();
  streams.open("note.changes", "c", staying());
  expect(() => streams.open("note.changes", "c", staying())).toThrow(WeirError);
  expect(streams.count).toBe(4);
});

test("a client that disconnects frees its slot, even before the stream was read", () => {
  const streams = createStreams(few);
  const client = new AbortController();
  const stream = streams.open("insights.live", "a", client.signal);
  client.abort();
  expect([stream.signal.aborted, streams.count]).toEqual([true, 0]);
  expect(stream.signal.reason).not.toBeInstanceOf(WeirError);
  expect(streams.open("insights.live", "a", client.signal).signal.aborted).toBe(true);
  expect(streams.count).toBe(0);
});

test("a draining node ends open streams and admits no more", () => {
  const streams = createStreams(few);
  const stream = streams.open("insights.live", "a", staying());
  streams.drain();
  expect(stream.signal.reason).toMatchObject({ code: "SERVER_DRAINING" });
  expect(() => streams.open("note.changes", "a", staying())).toThrow(/shutting down/);
});
