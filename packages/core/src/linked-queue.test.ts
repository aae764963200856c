import fc from "fast-check";
import { expect, test } from "vitest";
import { LinkedQueue, type QueueNode } from "./linked-queue";

type Step = { kind: "push" } | { kind: "remove"; which: number } | { kind: "removeFirst" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ kind: "push" }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "removeFirst" }) },
);

test("a queue contains the items that were pushed and not removed, in the order of insertion", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new LinkedQueue<number>();
      const all: QueueNode<number>[] = [];
      const expected: number[] = [];

      function remove(node: QueueNode<number> | null | undefined): void {
        if (node === null || node === undefined) return;
        const index = expected.indexOf(node.item);
        expect(queue.remove(node)).toBe(index !== -1);
        if (index !== -1) expected.splice(index, 1);
      }

      for (const action of steps) {
        if (action.kind === "push") {
          expected.push(all.length);
          all.push(queue.push(all.length));
        }
        // Nodes that were removed before are among them.
        if (action.kind === "remove") remove(all[action.which % Math.max(1, all.length)]);
        if (action.kind === "removeFirst") remove(queue.first());
        expect(queue.nodes().map(({ item }) => item)).toEqual(expected);
        expect(queue.size).toBe(expected.length);
        expect(queue.first()?.item).toBe(expected[0]);
      }
    }),
  );
});

test("a node belongs to its own queue", () => {
  const [one, other] = [new LinkedQueue<string>(), new LinkedQueue<string>()];
  const node = one.push("a");
  other.push("b");
  expect(other.remove(node)).toBe(false);
  expect([one.size, other.size]).toEqual([1, 1]);
});

test("a removed node refers to no other, so that it keeps none alive", () => {
  const queue = new LinkedQueue<number>();
  const nodes = [1, 2, 3].map((item) => queue.push(item));
  for (const node of nodes) queue.remove(node);
  expect(nodes).toEqual([1, 2, 3].map((item) => ({ item, queue: null, previous: null, next: null })));
});
