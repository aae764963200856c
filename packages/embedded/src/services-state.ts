import { renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const running = z.object({ url: z.string(), pid: z.int(), port: z.int() });

const stateSchema = z.object({
  /** Who has the data folder. */
  ownerPid: z.int(),
  postgres: running.nullable(),
  cache: running.nullable(),
  queue: running.nullable(),
});
/** What runs on a data folder. Ports are of 127.0.0.1. */
export type ServicesState = z.output<typeof stateSchema>;

const portsSchema = z.object({ postgres: z.int().optional(), cache: z.int().optional(), queue: z.int().optional() });
export type Ports = z.output<typeof portsSchema>;

async function readJson<Value>(file: string, schema: z.ZodType<Value>): Promise<Value | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}

/** Written beside and renamed, so that a reader never sees half of it. */
function writeJson(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/**
 * What the last start on this folder wrote down; null when nothing was started or all was stopped in order.
 * After a crash of the owner it may name services that are gone: who connects finds out.
 */
export async function readServicesState(dataDir: string): Promise<ServicesState | null> {
  return readJson(join(dataDir, "services.json"), stateSchema);
}

export function writeServicesState(dataDir: string, state: ServicesState): void {
  writeJson(join(dataDir, "services.json"), state);
}

export function removeServicesState(dataDir: string): void {
  rmSync(join(dataDir, "services.json"), { force: true });
}

/** The ports of earlier starts, asked for again, so that an address a person noted down keeps its meaning. */
export async function readPorts(dataDir: string): Promise<Ports> {
  return (await readJson(join(dataDir, "ports.json"), portsSchema)) ?? {};
}

export function writePorts(dataDir: string, ports: Ports): void {
  writeJson(join(dataDir, "ports.json"), ports);
}
