import type { LiveMemory } from "./soaked-server";

/** All that outlived the collection, on the heap and beside it, in MB (2^20 bytes). */
export const liveMb = ({ heapUsed, external }: LiveMemory): number => (heapUsed + external) / 2 ** 20;
