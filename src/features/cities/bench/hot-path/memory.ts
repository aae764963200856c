import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TemporaryServices } from "@weir/embedded";
import { settledResidentMb } from "../../../../../bench/process/memory";
import type { Target } from "../../../../../bench/targets";
import { type ServerFiles, startNamed } from "./servers";

const heldConnections = 5_000;
const overMs = 2_000;
const holder = join(import.meta.dirname, "../../../../../bench/load/hold-connections.mjs");

async function residentWhileHolding(port: string, pid: number): Promise<number> {
  const child = spawn(process.execPath, [holder, port, "/healthz", String(heldConnections)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    const [line] = await Promise.race([once(child.stdout, "data"), ended]);
    if (!String(line).startsWith("holding")) throw new Error(`Could not hold ${heldConnections} connections open.`);
    const resident = await settledResidentMb(pid, overMs);
    if (child.exitCode !== null) throw new Error("The connections were closed too early.");
    return resident;
  } finally {
    child.stdin.end();
    await ended;
  }
}

/** The memory of an API node: after its start, and with many idle connections. */
export async function measureMemory(services: TemporaryServices, files: ServerFiles): Promise<Target[]> {
  const server = await startNamed("Weir api", services, files);
  const target = (name: string, value: number, bound: number): Target => ({
    name,
    value,
    interval: null,
    bound,
    sense: "at most",
    unit: "MB",
  });
  try {
    const idle = await settledResidentMb(server.pid, overMs);
    const holding = await residentWhileHolding(new URL(server.origin).port, server.pid);
    return [
      target("resident memory of an idle API node", idle, 130),
      target(`the same with ${heldConnections} idle keep-alive connections`, holding, 250),
    ];
  } finally {
    await server.stop();
  }
}
