import { setTimeout as pause } from "node:timers/promises";
import type { FaultProxy } from "@weir/testkit/fault-proxy";

export type ChaosNode = { readonly proxy: FaultProxy; killAndRestart: () => Promise<void> };

export type Chaos = {
  /** Number of occurrences per fault. */
  readonly tally: ReadonlyMap<string, number>;
  /** Ends the current fault and starts no other. */
  stop: () => Promise<void>;
};

type Fault = { name: string; begin: (node: ChaosNode, random: () => number) => void | Promise<void> };

const faults: readonly Fault[] = [
  { name: "latency", begin: ({ proxy }, random) => proxy.delay(20 + 300 * random()) },
  { name: "freeze", begin: ({ proxy }) => proxy.freeze() },
  { name: "half open, no answers", begin: ({ proxy }) => proxy.freeze("down") },
  { name: "half open, nothing sent", begin: ({ proxy }) => proxy.freeze("up") },
  { name: "cut", begin: ({ proxy }) => proxy.cut() },
  { name: "reset", begin: ({ proxy }) => proxy.reset() },
  { name: "slow drip", begin: ({ proxy }, random) => proxy.drip(500 + 5000 * random()) },
  { name: "kill -9", begin: (node) => node.killAndRestart() },
];

const longestFaultMs = 4500;
const longestQuietMs = 1500;

/** Injects one fault after another into one node after another, with quiet times in between. */
export function beginChaos(nodes: readonly ChaosNode[], random: () => number): Chaos {
  const tally = new Map<string, number>();
  const stopping = new AbortController();
  const rest = (ms: number): Promise<unknown> =>
    pause(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];

  const rage = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const [node, fault] = [pick(nodes), pick(faults)];
      if (node === undefined || fault === undefined) return;
      tally.set(fault.name, (tally.get(fault.name) ?? 0) + 1);
      await fault.begin(node, random);
      // Most are short; a few last longer than a node trusts its memory.
      await rest(longestFaultMs * random() ** 2);
      node.proxy.heal();
      await rest(longestQuietMs * random());
    }
  };
  const raging = rage();
  return {
    tally,
    stop: async () => {
      stopping.abort();
      await raging;
      for (const { proxy } of nodes) proxy.heal();
    },
  };
}
