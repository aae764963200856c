import type { Histogram } from "@/shared/histogram";

type Labels = Readonly<Record<string, string>>;

/** From 62.5 µs to 32.8 s by doubling; each is an edge of the histogram's own buckets, so the counts are exact. */
const edgeExponents = Array.from({ length: 20 }, (_, index) => index - 4);
const edges = edgeExponents.map((exponent) => String(2 ** exponent / 1_000));

function escapeLabel(value: string): string {
  return value
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);
}

function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(",");
}

/** Builds a page of Prometheus' text format, version 0.0.4. Source: prometheus.io/docs/instrumenting/exposition_formats */
export class Exposition {
  readonly #lines: string[] = [];

  /** Begins a metric; its samples follow. `help` is one line without backslashes. */
  family(name: string, type: "counter" | "gauge" | "histogram", help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  sample(name: string, labels: Labels, value: number): void {
    const formatted = formatLabels(labels);
    this.#lines.push(formatted === "" ? `${name} ${value}` : `${name}{${formatted}} ${value}`);
  }

  /** The buckets, in seconds and cumulative, the sum and the count. */
  histogram(name: string, labels: Labels, histogram: Histogram): void {
    const own = formatLabels(labels);
    const bucket = `${name}_bucket{${own === "" ? "" : `${own},`}le="`;
    const counts = histogram.countsUpTo(edgeExponents);
    for (const [place, le] of edges.entries()) this.#lines.push(`${bucket}${le}"} ${counts[place] ?? 0}`);
    this.#lines.push(`${bucket}+Inf"} ${histogram.count}`);
    this.sample(`${name}_sum`, labels, histogram.sumNs / 1e9);
    this.sample(`${name}_count`, labels, histogram.count);
  }

  text(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}
