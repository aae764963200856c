import { createInterface } from "node:readline";
import { createCache } from "../create-cache";
import { testDefinition } from "./test-nodes";

/**
 * A node in a process of its own, to be paused and killed. Reads key 1 once, whose load resolves with "old" when a line
 * arrives on stdin, and reports on stdout: `loading`, `read <value>`, `kept <value or nothing>`.
 */
const [url = "", keyPrefix = "", loadLeaseMs = "", loadRenewMs = ""] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin });
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const timings = { loadLeaseMs: Number(loadLeaseMs), loadRenewMs: Number(loadRenewMs) };
const cache = createCache({ redis: { url }, nodeId: "holder", keyPrefix, timings });
await cache.ready();
const group = cache.define(
  testDefinition<string>({
    load: () => {
      say("loading");
      return new Promise((resolve) => void lines.once("line", () => resolve("old")));
    },
  }),
);
say(`read ${await group.get(1)}`);
say(`kept ${group.peek(1) ?? "nothing"}`);
await cache.close();
lines.close();
