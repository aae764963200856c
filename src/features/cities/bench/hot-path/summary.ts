import { median, pairedRatio } from "../../../../../bench/statistics";
import { formatTable } from "../../../../../bench/table";
import { type Cell, pathNames } from "./cells";
import type { Sample } from "./measure";

const isWeir = ({ server }: Cell): boolean => server.startsWith("Weir api");

/** The medians of every cell, fastest of a path first; the last column compares with the API role of Weir, by round. */
export function summarize(results: ReadonlyMap<Cell, readonly Sample[]>): string {
  const entries = [...results];
  const rows = pathNames.flatMap((path) => {
    const ofPath = entries.filter(([cell]) => cell.path === path);
    const weir = ofPath.find(([cell]) => isWeir(cell))?.[1];
    return ofPath
      .map(([cell, samples]) => ({ cell, samples, speed: median(samples.map((s) => s.requestsPerCpuSecond)) }))
      .toSorted((a, b) => b.speed - a.speed)
      .map(({ cell, samples, speed }) => {
        const middle = (pick: (sample: Sample) => number): number => median(samples.map(pick));
        const pairs = samples.flatMap((sample, round) => {
          const mine = weir?.[round];
          return mine === undefined ? [] : [[mine.requestsPerCpuSecond, sample.requestsPerCpuSecond] as const];
        });
        return [
          path,
          cell.server.replace(/ \(.*/, ""),
          Math.round(speed).toLocaleString("en"),
          (1e6 / speed).toFixed(0),
          Math.round(middle((s) => s.requestsPerSecond)).toLocaleString("en"),
          middle((s) => s.latencyMsP50).toFixed(1),
          middle((s) => s.latencyMsP99).toFixed(1),
          pairs.length === 0 || isWeir(cell) ? "" : pairedRatio(pairs).ratio.toFixed(2),
        ];
      });
  });
  const head = ["path", "server", "requests / CPU s", "CPU µs", "requests / s", "p50 ms", "p99 ms", "Weir ÷ it"];
  return formatTable(head, rows);
}
