import { cpus, release, totalmem, type as kernelName } from "node:os";

export type Machine = { cpu: string; cores: number; memoryMb: number; kernel: string; architecture: string };

/** What the results of this run depend on. */
export function describeMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    kernel: `${kernelName()} ${release()}`,
    architecture: process.arch,
  };
}
