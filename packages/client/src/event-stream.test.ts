import fc from "fast-check";
import { expect, test } from "vitest";
import { EventStreamReader, type StreamEvent } from "./event-stream";

function read(pieces: readonly Uint8Array[]): { events: StreamEvent[]; retries: number[]; lastEventId: string } {
  const events: StreamEvent[] = [];
  const retries: number[] = [];
  const reader = new EventStreamReader(
    { onEvent: (event) => void events.push(event), onRetry: (ms) => void retries.push(ms) },
    "before",
  );
  for (const piece of pieces) reader.push(piece);
  return { events, retries, lastEventId: reader.lastEventId };
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const readText = (text: string) => read([bytes(text)]);

test("fields accumulate until an empty line, and an event without data is not dispatched", () => {
  const { events, retries, lastEventId } = readText(
    "\uFEFFevent: a\ndata: one\ndata:two\ndata:  three\n\n: a comment\nevent: lost\n\ndata\nid: 7\nunknown: x\nretry: 250\n\nid: 8\n\n",
  );
  expect(events).toEqual([
    { type: "a", data: "one\ntwo\n three", lastEventId: "before" },
    { type: "message", data: "", lastEventId: "7" },
  ]);
  expect(retries).toEqual([250]);
  expect(lastEventId).toBe("8");
});

test("an ID with NUL and a non-numeric wait are ignored, and an unfinished event is not dispatched", () => {
  const { events, retries, lastEventId } = readText("id: a\0b\nretry: soon\ndata: x\n\ndata: unfinished\n");
  expect(events).toEqual([{ type: "message", data: "x", lastEventId: "before" }]);
  expect([retries, lastEventId]).toEqual([[], "before"]);
});

test("lines end with CR, LF or both, and chunks may end anywhere, even within a character", () => {
  const line = fc.constantFrom("data: São 東京", "data: x", "event: e", "id: 9", "", ":c", "data", "retry: 5");
  const ending = fc.constantFrom("\n", "\r", "\r\n");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(line, ending), { maxLength: 30 }),
      fc.array(fc.nat(400), { maxLength: 20 }),
      (lines, cuts) => {
        const whole = bytes(lines.map((parts) => parts.join("")).join(""));
        const edges = [0, ...cuts.filter((cut) => cut < whole.length).toSorted((a, b) => a - b), whole.length];
        const pieces = edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge));
        expect(read(pieces)).toEqual(read([whole]));
      },
    ),
  );
});
