import fc from "fast-check";
import { expect, test } from "vitest";
import { Line, type Place } from "./line";

type Step = { kind: "join" } | { kind: "leave"; which: number } | { kind: "leaveFirst" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ kind: "join" }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("leave" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "leaveFirst" }) },
);

test("a line holds those who joined and have not left, in the order in which they came", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = new Line<number>();
      const all: Place<number>[] = [];
      const expected: number[] = [];

      function leave(place: Place<number> | null | undefined): void {
        if (place === null || place === undefined) return;
        const index = expected.indexOf(place.item);
        expect(line.leave(place)).toBe(index !== -1);
        if (index !== -1) expected.splice(index, 1);
      }

      for (const action of steps) {
        if (action.kind === "join") {
          expected.push(all.length);
          all.push(line.join(all.length));
        }
        // One that has left already is among them.
        if (action.kind === "leave") leave(all[action.which % Math.max(1, all.length)]);
        if (action.kind === "leaveFirst") leave(line.first());
        expect(line.places().map(({ item }) => item)).toEqual(expected);
        expect(line.size).toBe(expected.length);
        expect(line.first()?.item).toBe(expected[0]);
      }
    }),
  );
});

test("a place belongs to its own line", () => {
  const [here, there] = [new Line<string>(), new Line<string>()];
  const place = here.join("a");
  there.join("b");
  expect(there.leave(place)).toBe(false);
  expect([here.size, there.size]).toEqual([1, 1]);
});

test("who has left refers to nobody, so that it keeps nobody alive", () => {
  const line = new Line<number>();
  const places = [1, 2, 3].map((item) => line.join(item));
  for (const place of places) line.leave(place);
  expect(places).toEqual([1, 2, 3].map((item) => ({ item, line: null, before: null, behind: null })));
});
