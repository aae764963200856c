import { setTimeout as pause } from "node:timers/promises";
import { type Scenario, settleMs } from "../scenario";
import type { Stage } from "../stage";
import { absent, allRead, textOf, wrong } from "../verdict";

/** A load reads the old value and ends after the write and its invalidation. */
async function overtake(stage: Stage, invalidate: () => Promise<unknown>) {
  const { nodes, source } = stage;
  const [first, second] = nodes;
  source.values.set(1, "old");
  const release = source.hold();
  const reader = first.get(1);
  await source.begun(1);
  source.values.set(1, "new");
  await invalidate();
  release();
  await reader;
  await pause(settleMs);
  return allRead("new", { "on the loading node": await first.get(1), "on the other": await second.get(1) });
}

const keyOnSameNode: Scenario = {
  name: "key deleted while its load is in flight, same node",
  isBasic: true,
  play: (stage) => overtake(stage, () => stage.nodes[0].deleteKey(1)),
};

const keyOnOtherNode: Scenario = {
  name: "key deleted while its load is in flight, other node",
  isBasic: true,
  play: (stage) => overtake(stage, () => stage.nodes[1].deleteKey(1)),
};

const tag: Scenario = {
  name: "tag invalidated while a load is in flight",
  isBasic: true,
  play: async (stage) =>
    stage.features.tags ? overtake(stage, () => stage.nodes[1].invalidateTag("all")) : absent("no tags"),
};

/** The other version reads it, then the first one writes: neither may see the other's shape or an old value. */
const versions: Scenario = {
  name: "two versions of the app side by side",
  play: async ({ nodes, source, features }) => {
    if (!features.versions) return absent("no versions: keys must be separated by hand");
    const [first, second] = nodes;
    await second.close();
    await second.open({ version: 2 });
    source.values.set(1, "old");
    const shape = async (): Promise<string> => {
      const [one, two] = [await first.get(1), await second.get(1)];
      const has = (value: unknown, name: string): boolean =>
        typeof value === "object" && value !== null && name in value;
      return has(one.value, "text") && has(two.value, "name")
        ? ""
        : `${textOf(one)} / ${textOf(two)} in a foreign shape`;
    };
    const before = (await shape()) || (await shape());
    if (before !== "") return wrong(before);
    source.values.set(1, "new");
    await first.deleteKey(1);
    await pause(settleMs);
    return allRead("new", { "in the version that wrote": await first.get(1), "in the other": await second.get(1) });
  },
};

export const races: readonly Scenario[] = [keyOnSameNode, keyOnOtherNode, tag];
export const neighbours: readonly Scenario[] = [versions];
