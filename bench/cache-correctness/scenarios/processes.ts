import { setTimeout as pause } from "node:timers/promises";
import { beyondTrustMs, type Scenario, settleMs } from "../scenario";
import { allRead, right, textOf, wrong } from "../verdict";
import { warmUp } from "./outages";

/** A reader whose loader died. */
const mostWaitMs = 5000;

const pausedReader: Scenario = {
  name: "a process is paused (SIGSTOP) during the delete and serves a read on waking",
  play: async (stage) => {
    const [first, second] = stage.nodes;
    await warmUp(stage);
    second.pause();
    await first.deleteKey(1);
    await pause(beyondTrustMs);
    // The read is queued in the process, ahead of any message from a bus or a log.
    const onWaking = second.get(1);
    second.resume();
    const answer = await onWaking;
    await pause(settleMs);
    return allRead("new", { "on waking": answer, afterwards: await second.get(1) });
  },
};

const pausedLoader: Scenario = {
  name: "a process is paused in the middle of a load and stores it on waking",
  play: async ({ nodes: [first, second, third], source }) => {
    source.values.set(1, "old");
    const release = source.hold();
    const reader = second.get(1);
    await source.begun(1);
    second.pause();
    release();
    source.values.set(1, "new");
    await first.deleteKey(1);
    await first.get(1);
    await pause(beyondTrustMs);
    second.resume();
    await reader;
    await pause(settleMs);
    await third.open();
    return allRead("new", {
      "where it was deleted": await first.get(1),
      "on the loading node": await second.get(1),
      "on a new node": await third.get(1),
    });
  },
};

const killedLoader: Scenario = {
  name: "the process that loads a key is killed: readers on other nodes do not wait for it",
  play: async ({ nodes: [first, second], source }) => {
    source.values.set(1, "value");
    const release = source.hold();
    const reader = second.get(1);
    await source.begun(1);
    await second.kill();
    release();
    const [answer] = await Promise.all([first.get(1), reader]);
    const seconds = `${(answer.ms / 1000).toFixed(1)} s`;
    if (textOf(answer) !== "value") return wrong(textOf(answer));
    return answer.ms <= mostWaitMs ? right(seconds) : wrong(seconds);
  },
};

export const processes: readonly Scenario[] = [pausedReader, pausedLoader, killedLoader];
