import { expect, test } from "vitest";
import { until } from "../testing/test-nodes";
import { openShop } from "../testing/test-shop";

/** A published window counts for six intervals. */
const hotKeysMs = 1000;

test("hot keys are merged across nodes, and each count has its bounds", async () => {
  await using shop = await openShop({ timings: { hotKeysMs } });
  const read = async (node: number, id: number, times: number): Promise<void> => {
    const items = shop.groups[node]?.items;
    // Sequentially, so that each is a read of its own.
    for (let time = 0; time < times; time += 1) await items?.get(id);
  };
  await read(0, 1, 60);
  await read(1, 1, 40);
  await read(1, 2, 50);
  await shop.groups[0]?.items.getMany([3, 4]);
  await shop.groups[1]?.secrets.get(9);
  let look = await shop.node(1).inspect.hotKeys(10);
  await until(async () => {
    look = await shop.node(1).inspect.hotKeys(10);
    return look.nodesHeard === 2;
  });
  const { keys, nodes, othersAtMost } = look;
  expect({ nodes, othersAtMost }).toEqual({ nodes: 2, othersAtMost: 0 });
  expect(
    keys.map(({ group, key, reads, atLeast, atMost }) => [group, key, reads, atLeast, atMost]).slice(0, 4),
  ).toEqual([
    ["item.read", "1", 100, 100, 100],
    ["item.read", "2", 50, 50, 50],
    ["item.read", "3", 1, 1, 1],
    ["item.read", "4", 1, 1, 1],
  ]);
  expect(keys[0]?.readsPerSecond).toBeGreaterThan(0);
  expect(keys[4]).toMatchObject({ group: "secret.read", isHidden: true, reads: 1 });
  expect(keys[4]?.key).toMatch(/^hidden:/u);
  expect((await shop.node(0).inspect.hotKeys(1)).keys).toHaveLength(1);
});
