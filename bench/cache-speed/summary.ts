import { median, pairedRatio } from "../statistics";
import { formatTable } from "../table";
import type { Results } from "./ratios";

/** The medians of every variant, fastest of a path first; the last column compares with Weir on the same path, by round. */
export function summarize(results: Results): string {
  const entries = [...results];
  const paths = [...new Set(entries.map(([{ path }]) => path))];
  const rows = paths.flatMap((path) => {
    const ofPath = entries.filter(([variant]) => variant.path === path);
    const weir = ofPath.find(([{ name }]) => name.startsWith("Weir"))?.[1];
    return ofPath
      .map(([variant, samples]) => ({ variant, samples, ns: median(samples.map(({ nsPerRead }) => nsPerRead)) }))
      .toSorted((a, b) => a.ns - b.ns)
      .map(({ variant, samples, ns }) => {
        const pairs = samples.flatMap((sample, round) => {
          const mine = weir?.[round];
          return mine === undefined ? [] : [[mine.readsPerCpuSecond, sample.readsPerCpuSecond] as const];
        });
        const { ratio, interval } = pairedRatio(pairs);
        const range = interval === null ? "" : ` [${interval.map((end) => end.toFixed(2)).join(", ")}]`;
        return [
          path,
          variant.name,
          (ns / 1000).toFixed(2),
          Math.round(1e9 / ns).toLocaleString("en"),
          median(samples.map(({ commandsPerRead }) => commandsPerRead)).toFixed(3),
          samples === weir ? "" : `${ratio.toFixed(2)}${range}`,
        ];
      });
  });
  return formatTable(["path", "cache", "CPU µs", "reads / CPU s", "Redis commands / read", "Weir ÷ it"], rows);
}
