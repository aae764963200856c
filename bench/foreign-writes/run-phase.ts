import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type FaultProxy, openFaultProxy } from "@weir/testkit/fault-proxy";
import { type Child, startChild } from "../cache-fleet/child";
import { nowNs, type Record, readRecords } from "../cache-stale/record";
import { type Exemption, judgeStaleness, type Staleness } from "./judge-staleness";
import type { NodeSettings } from "./node";
import type { WriterSettings } from "./writer";

export type Phase = {
  name: string;
  nodes: number;
  /** Ends when so many reads are done and the time has passed; at the latest after `longestMs`. */
  reads: number;
  shortestMs: number;
  longestMs: number;
  listens: boolean;
  sweepMs: number;
  boundMs: number;
  /** How long Redis is out of reach of every node, halfway through. */
  outageMs?: number;
  /** After Redis is back, its old entries may be served that long. */
  recoveryMs?: number;
};

export type PhaseTools = {
  programs: { node: string; writer: string };
  folder: string;
  databaseUrl: string;
  writerUrl: string;
  redisUrl: string;
  keyPrefix: string;
  accounts: number;
  random: () => number;
};

export type PhaseResult = Staleness & { failedReads: number; rollbacks: number; seconds: number };

type Counts = { reads: number; failedReads: number; rollbacks: number };

/** Nodes read and a foreign program writes until enough was read. Returns the judgement of every read. */
export async function runPhase(phase: Phase, tools: PhaseTools): Promise<PhaseResult> {
  const folder = join(tools.folder, phase.name);
  mkdirSync(folder);
  const children: Child[] = [];
  const proxies: FaultProxy[] = [];
  const seed = (): number => Math.floor(tools.random() * 2 ** 31);
  const launch = (program: string, own: NodeSettings | WriterSettings): Child => {
    const child = startChild({ program, input: JSON.stringify(own), pidFolder: tools.folder });
    children.push(child);
    return child;
  };
  try {
    const nodes: Child[] = [];
    for (let index = 1; index <= phase.nodes; index += 1) {
      const proxy = await openFaultProxy(tools.redisUrl);
      proxies.push(proxy);
      const { databaseUrl, accounts } = tools;
      const { listens, sweepMs } = phase;
      const keyPrefix = `${tools.keyPrefix}${phase.name}:`;
      const recordFile = join(folder, `${index}.records`);
      const own = {
        process: index,
        redisUrl: proxy.url,
        databaseUrl,
        keyPrefix,
        accounts,
        listens,
        sweepMs,
        recordFile,
      };
      nodes.push(launch(tools.programs.node, { ...own, workers: 16, seed: seed() }));
    }
    await Promise.all(nodes.map((node) => node.call("start")));
    while (phase.listens && !(await Promise.all(nodes.map((node) => node.call("listens")))).includes("listening")) {
      await pause(20);
    }
    const writer = launch(tools.programs.writer, {
      process: 100,
      url: tools.writerUrl,
      accounts: tools.accounts,
      connections: 4,
      pauseMs: 4,
      bulkEvery: 400,
      recordFile: join(folder, "writer.records"),
      seed: seed(),
    });
    await writer.call("start");

    const beganMs = performance.now();
    const elapsedMs = (): number => performance.now() - beganMs;
    const exempt: Exemption[] = [];
    const counted = async (): Promise<Counts[]> =>
      // The results of the two programs.
      (await Promise.all(nodes.map((node) => node.call("counts")))) as Counts[];
    const readCount = async (): Promise<number> => (await counted()).reduce((sum, { reads }) => sum + reads, 0);
    let outageMs = phase.outageMs ?? 0;
    for (
      let read = 0;
      (read < phase.reads || elapsedMs() < phase.shortestMs) && elapsedMs() < phase.longestMs;
      read = await readCount()
    ) {
      await pause(100);
      if (outageMs === 0 || read < phase.reads / 2 || elapsedMs() < phase.shortestMs / 2) continue;
      for (const proxy of proxies) proxy.cut();
      await pause(outageMs);
      outageMs = 0;
      for (const proxy of proxies) proxy.heal();
      const backNs = nowNs();
      exempt.push({ fromNs: backNs, untilNs: backNs + (phase.recoveryMs ?? 0) * 1e6 });
    }
    const seconds = elapsedMs() / 1_000;
    const failedReads = (await counted()).reduce((sum, one) => sum + one.failedReads, 0);
    const { rollbacks } = (await writer.call("counts")) as Counts;
    await writer.call("stop");
    await Promise.all(nodes.map((node) => node.call("stop")));
    return { ...judgeStaleness(recordsIn(folder), phase.boundMs, exempt), failedReads, rollbacks, seconds };
  } finally {
    await Promise.all(children.map((child) => child.kill()));
    await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }
}

function* recordsIn(folder: string): Generator<Record> {
  for (const name of readdirSync(folder)) yield* readRecords(readFileSync(join(folder, name)));
}
