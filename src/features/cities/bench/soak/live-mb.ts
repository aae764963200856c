import type { LiveMemory } from "./soaked-server";

/** Everything that survived the collection, on and off the heap, in MB (2^20 bytes). */
export const liveMb = ({ heapUsed, external }: LiveMemory): number => (heapUsed + external) / 2 ** 20;
