import { setTimeout as pause } from "node:timers/promises";
import { type Scenario, settleMs } from "../scenario";
import { absent, allRead, right, textOf, wrong } from "../verdict";

const readers = 50;

const coldReaders: Scenario = {
  name: `2 nodes × ${readers} cold readers of one key: one load`,
  isBasic: true,
  play: async ({ nodes: [first, second], source }) => {
    source.values.set(1, "value");
    const release = source.hold();
    const reads = Promise.all([first.getTimes(1, readers), second.getTimes(1, readers)]);
    await source.begun(1);
    await pause(settleMs);
    release();
    const answers = (await reads).flat();
    const strangers = answers.filter((answer) => textOf(answer) !== "value");
    if (strangers[0] !== undefined) return wrong(`${strangers.length} readers got ${textOf(strangers[0])}`);
    return source.loads.length === 1 ? right("1 load") : wrong(`${source.loads.length} loads`);
  },
};

const failingLoad: Scenario = {
  name: `failing load, ${readers} readers: one load, one shared rejection`,
  isBasic: true,
  play: async ({ nodes: [first], source }) => {
    source.failure = new Error("the source is broken");
    const release = source.hold();
    const reads = first.getTimes(1, readers);
    await source.begun(1);
    await pause(settleMs);
    const releasedAtMs = performance.now();
    release();
    const answers = await reads;
    const seconds = ((performance.now() - releasedAtMs) / 1000).toFixed(1);
    const rejected = answers.filter(({ error }) => error !== null).length;
    const seen = `${source.loads.length} ${source.loads.length === 1 ? "load" : "loads"}, ${rejected} rejected, ${seconds} s`;
    return source.loads.length === 1 && rejected === readers ? right(seen) : wrong(seen);
  },
};

const keys = Array.from({ length: 20 }, (_none, index) => index + 1);

const crossedKeys: Scenario = {
  name: "two nodes request the same 20 keys in opposite order: 20 loads",
  play: async ({ nodes: [first, second], source, features }) => {
    if (!features.getMany) return absent("no getMany that loads");
    for (const key of keys) source.values.set(key, `value ${key}`);
    const release = source.hold();
    const reads = Promise.all([first.getMany(keys), second.getMany(keys.toReversed())]);
    await source.begun(keys.length);
    await pause(settleMs);
    release();
    const answers = await reads;
    const late = answers.find(({ error }) => error !== null);
    if (late !== undefined) return wrong(textOf(late));
    const complete = answers.every(({ value }) => Array.isArray(value) && value.length === keys.length);
    if (!complete) return wrong("values are missing");
    return source.loads.length === keys.length ? right("20 loads") : wrong(`${source.loads.length} loads`);
  },
};

/** Commands sent by readers, without those of connections that follow a log or a channel. */
const warmReads: Scenario = {
  name: "1000 warm reads with three tags: no command to Redis",
  isBasic: true,
  play: async ({ nodes: [first], source, redis }) => {
    source.values.set(1, "value");
    // Some caches look up their tags on the second read.
    await first.readAgain(1, 3);
    await pause(settleMs);
    const commands = new Map<string, string[]>();
    const monitor = await redis.client.monitor();
    monitor.on("error", () => undefined);
    monitor.on("monitor", (_time: string, [command = ""]: string[], from: string) => {
      commands.set(from, [...(commands.get(from) ?? []), command.toLowerCase()]);
    });
    await first.readAgain(1, 1000);
    await pause(1200);
    monitor.disconnect();
    // Commands inside scripts have no connection. The others poll a log or a channel.
    const follows = (sent: readonly string[]): boolean => sent.some((one) => one === "xread" || one === "subscribe");
    const sent = [...commands].filter(([from, list]) => from !== "lua" && !follows(list)).flatMap(([, list]) => list);
    const counted = sent.filter((one) => one !== "ping");
    const after = allRead("value", { afterwards: await first.get(1) });
    if (after.kind === "wrong") return after;
    return counted.length === 0 ? right("0 commands") : wrong(`${counted.length} commands`);
  },
};

export const loads: readonly Scenario[] = [coldReaders, failingLoad];
export const others: readonly Scenario[] = [warmReads, crossedKeys];
