import { median } from "../../../../../bench/statistics";
import { formatTable } from "../../../../../bench/table";
import { liveMb } from "../../../../../bench/process/live-memory";
import type { Watch } from "./watch";

const rows = 8;

/** The run in eight parts: medians and the number of requests answered in each. */
export function describeRun({ samples, live }: Watch): string {
  const part = Math.ceil(samples.length / rows);
  const lines = Array.from({ length: rows }, (_, row) => samples.slice(row * part, (row + 1) * part)).flatMap(
    (some, row) => {
      const end = some.at(-1);
      if (end === undefined) return [];
      const before = samples[row * part - 1]?.answers ?? 0;
      const kept = row % 2 === 1 ? live[(row - 1) / 2] : undefined;
      const middle = (pick: (sample: (typeof some)[number]) => number): number => median(some.map(pick));
      return [
        [
          `${end.atSeconds.toFixed(0)} s`,
          middle(({ residentMb }) => residentMb).toFixed(1),
          middle(({ besideHeapMb }) => besideHeapMb).toFixed(1),
          middle(({ heapUsedMb }) => heapUsedMb).toFixed(1),
          kept === undefined ? "" : liveMb(kept).toFixed(2),
          `${(middle(({ eventLoopUtilisation }) => eventLoopUtilisation) * 100).toFixed(0)} %`,
          String(Math.max(...some.map(({ connections }) => connections))),
          (end.answers - before).toLocaleString("en"),
        ],
      ];
    },
  );
  const head = [
    "until",
    "resident MB",
    "without heap",
    "heap MB",
    "live MB",
    "loop busy",
    "most connections",
    "answers",
  ];
  return formatTable(head, lines, 1);
}
