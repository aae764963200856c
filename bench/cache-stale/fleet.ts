import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { type Child, startChild } from "../cache-fleet/child";
import type { ChaosNode } from "./chaos";
import type { NodeSettings } from "./node";
import { readRecords, type Record } from "./record";

export type Counts = { reads: number; writes: number; failedReads: number; refusedWrites: number };

export type FleetNode = ChaosNode & {
  /** What the processes of this node have done in total, as reported. */
  counts: () => Promise<Counts>;
  call: (method: string) => Promise<unknown>;
};

export type Fleet = {
  readonly nodes: readonly FleetNode[];
  /** All records of all processes. */
  records: () => Iterable<Record>;
  close: () => Promise<void>;
};

export type FleetOptions = Omit<NodeSettings, "process" | "recordFile" | "seed"> & {
  size: number;
  program: string;
  /** The folder for PID files, for the cleanup. */
  folder: string;
  recordFolder: string;
  random: () => number;
};

const nothing: Counts = { reads: 0, writes: 0, failedReads: 0, refusedWrites: 0 };

function add(one: Counts, other: Counts): Counts {
  return {
    reads: one.reads + other.reads,
    writes: one.writes + other.writes,
    failedReads: one.failedReads + other.failedReads,
    refusedWrites: one.refusedWrites + other.refusedWrites,
  };
}

/** Starts nodes that read and write, each a process behind its own proxy. */
export async function startFleet({
  size,
  program,
  folder,
  recordFolder,
  random,
  ...settings
}: FleetOptions): Promise<Fleet> {
  let processes = 0;
  const children = new Set<Child>();

  const launch = async (redisUrl: string): Promise<Child> => {
    processes += 1;
    const own: NodeSettings = {
      ...settings,
      redisUrl,
      process: processes,
      recordFile: join(recordFolder, `${processes}.records`),
      seed: Math.floor(random() * 2 ** 31),
    };
    const child = startChild({ program, input: JSON.stringify(own), pidFolder: folder });
    children.add(child);
    await child.call("start");
    return child;
  };
  const openNode = async (): Promise<FleetNode> => {
    const proxy = await openFaultProxy(settings.redisUrl);
    let child = await launch(proxy.url);
    let ofTheDead = nothing;
    let last = nothing;
    return {
      proxy,
      call: (method) => child.call(method),
      counts: async () => {
        try {
          // The results of the node program.
          last = (await child.call("counts")) as Counts;
        } catch {
          // It was just killed; its successor will respond.
        }
        return add(ofTheDead, last);
      },
      killAndRestart: async () => {
        await child.kill();
        children.delete(child);
        ofTheDead = add(ofTheDead, last);
        last = nothing;
        child = await launch(proxy.url);
      },
    };
  };
  const close = async (): Promise<void> => {
    for (const child of children) await child.kill();
  };
  try {
    const nodes = await Promise.all(Array.from({ length: size }, openNode));
    return {
      nodes,
      records: function* records() {
        for (const name of readdirSync(recordFolder).filter((file) => file.endsWith(".records"))) {
          yield* readRecords(readFileSync(join(recordFolder, name)));
        }
      },
      close: async () => {
        await close();
        await Promise.all(nodes.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
