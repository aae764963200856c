import { setTimeout as pause } from "node:timers/promises";
import { beyondTrustMs, reconnectMs, type Scenario, settleMs } from "../scenario";
import type { Answer } from "../node";
import type { Stage } from "../stage";
import { allRead, right, textOf, type Verdict, wrong } from "../verdict";

/** How long a read may wait for a degraded Redis. */
const mostMs = 150;
const loadMs = 5;

/** Makes both nodes read a value, so that each tier holds it, and then replaces it at the source. */
export async function warmUp({ nodes: [first, second], source }: Stage): Promise<void> {
  source.values.set(1, "old");
  await first.get(1);
  await pause(settleMs);
  await second.get(1);
  await pause(settleMs);
  source.values.set(1, "new");
}

/**
 * The fastest of three, to exclude hiccups of the machine: a cache that waits for Redis does so each time. The fault
 * restarts for each.
 */
async function coldRead({ nodes, source }: Stage, sicken: () => void, sickMs: number): Promise<Verdict> {
  const [first] = nodes;
  await first.close();
  await first.open({ loadMs });
  let best = Number.POSITIVE_INFINITY;
  for (let key = 1; key <= 3 && best > mostMs; key += 1) {
    source.values.set(key, "value");
    sicken();
    const read = first.get(key);
    await Promise.race([read, pause(sickMs)]);
    first.proxy.heal();
    const answer = await read;
    if (textOf(answer) !== "value") return wrong(textOf(answer));
    best = Math.min(best, answer.ms);
    if (best > 1000) break;
    if (best > mostMs) await pause(reconnectMs);
  }
  return best <= mostMs ? right(`${best.toFixed(0)} ms`) : wrong(`${(best / 1000).toFixed(1)} s`);
}

const frozen: Scenario = {
  name: `cold read while Redis is frozen for 3 s: at most ${mostMs} ms`,
  isBasic: true,
  play: (stage) => coldRead(stage, () => stage.nodes[0].proxy.freeze(), 3000),
};

const dripping: Scenario = {
  name: `cold read while Redis sends 20 bytes a second: at most ${mostMs} ms`,
  play: (stage) => coldRead(stage, () => stage.nodes[0].proxy.drip(20), 3000),
};

const slow: Scenario = {
  name: `cold read while Redis is 2 s away: at most ${mostMs} ms`,
  play: (stage) => coldRead(stage, () => stage.nodes[0].proxy.delay(1000), 3000),
};

const whileReconnecting: Scenario = {
  name: "invalidation sent while a subscriber was reconnecting",
  isBasic: true,
  play: async (stage) => {
    const [first, second] = stage.nodes;
    await warmUp(stage);
    second.proxy.cut();
    await first.deleteKey(1);
    await pause(settleMs);
    second.proxy.heal();
    await pause(reconnectMs);
    return allRead("new", { "on the node that was away": await second.get(1) });
  },
};

const awayMs = 3000;

function saidBy({ error, value }: Answer, isUnanswered: boolean): string {
  if (isUnanswered) return "waited";
  if (error !== null) return "threw";
  return typeof value === "string" ? value : "said nothing";
}

const whileDown: Scenario = {
  name: `delete while Redis is away for ${awayMs / 1000} s, read after it is back`,
  isBasic: true,
  play: async (stage) => {
    const [first, second, third] = stage.nodes;
    await warmUp(stage);
    for (const { proxy } of [first, second]) proxy.cut();
    await pause(settleMs);
    const deleting = first.deleteKey(1);
    const unanswered = Symbol("unanswered");
    const answer = await Promise.race([deleting, pause(awayMs, unanswered)]);
    await pause(answer === unanswered ? 0 : awayMs);
    for (const { proxy } of [first, second]) proxy.heal();
    await pause(reconnectMs + 1000);
    await third.open();
    const answers = {
      "where it was deleted": await first.get(1),
      "on the other": await second.get(1),
      "on a new node": await third.get(1),
    };
    return allRead("new", answers, `; the delete ${saidBy(await deleting, answer === unanswered)}`);
  },
};

const halfOpen: Scenario = {
  name: "a half-open link: requests arrive, replies do not",
  play: async (stage) => {
    const [first, second] = stage.nodes;
    await warmUp(stage);
    second.proxy.freeze("down");
    await first.deleteKey(1);
    await pause(beyondTrustMs);
    return allRead("new", { "behind the link": await second.get(1) });
  },
};

const resets: Scenario = {
  name: "connections reset ten times while values change",
  play: async (stage) => {
    const [first, second] = stage.nodes;
    await warmUp(stage);
    for (let time = 1; time <= 10; time += 1) {
      stage.source.values.set(1, time === 10 ? "new" : `value ${time}`);
      first.proxy.reset();
      second.proxy.reset();
      const answers = [await first.deleteKey(1), await second.get(1)];
      const missing = answers.find(({ error }) => error?.startsWith("no answer") === true);
      if (missing !== undefined) return wrong(`${textOf(missing)} after reset ${time}`);
    }
    await pause(reconnectMs);
    return allRead("new", { "where it was deleted": await first.get(1), "on the other": await second.get(1) });
  },
};

export const outages: readonly Scenario[] = [whileReconnecting, frozen, whileDown];
export const badLinks: readonly Scenario[] = [slow, dripping, halfOpen, resets];
