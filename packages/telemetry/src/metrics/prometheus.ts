import { Yielder } from "../yielder";
import { catalogue } from "./catalogue";
import { edgesOf, type LabelValues, upToEdges } from "../series/metric";
import type { Metric, ProcessSnapshot } from "./catalogue";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { Magnitudes } from "@weir/core/sketches/magnitudes";

/** Well below the delay a scrape may cause a request. */
const maxHoldMs = 3;
const samplesBetweenPauses = 32;

/** One step per sample: the cost is in formatting samples, not in finding them. */
function stepsOf(metric: Metric, snapshot: ProcessSnapshot, text: Exposition): (() => void)[] {
  const steps: (() => void)[] = [];
  const add =
    <Value>(write: (values: LabelValues, value: Value) => void) =>
    (values: LabelValues, value: Value): void =>
      void steps.push(() => write(values, value));
  if (metric.type === "histogram") {
    metric.read(
      snapshot,
      add((values, histogram) => text.histogram(values, histogram)),
    );
  } else if (metric.type === "magnitudes") {
    const edges = edgesOf(metric);
    metric.read(
      snapshot,
      add((values, magnitudes) => text.magnitudes(values, magnitudes, edges)),
    );
  } else {
    metric.read(
      snapshot,
      add((values, value) => text.sample(values, value)),
    );
  }
  return steps;
}

/** One process as Prometheus text, in chunks of whole lines. Yields to other work in between. */
export async function* renderPrometheus(snapshot: ProcessSnapshot): AsyncGenerator<string> {
  const yielder = new Yielder(maxHoldMs);
  for (const metric of catalogue) {
    const type = metric.type === "magnitudes" ? "histogram" : metric.type;
    const text = new Exposition(metric.name, type, metric.help, metric.labels);
    for (const [place, step] of stepsOf(metric, snapshot, text).entries()) {
      step();
      if (place % samplesBetweenPauses !== samplesBetweenPauses - 1) continue;
      yield text.take();
      await yielder.pause();
    }
    yield text.take();
    await yielder.pause();
  }
}

/** From 62.5 µs to 32.8 s, doubling; each is a bucket bound of the histogram, so the counts are exact. */
const edgeExponents = Array.from({ length: 20 }, (_, index) => index - 4);
const edges = edgeExponents.map((exponent) => String(2 ** exponent / 1_000));

function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);
}

/** `a="1",b="2"`. */
function formatLabels(names: readonly string[], values: LabelValues): string {
  let text = "";
  for (const [place, name] of names.entries()) {
    text += `${place === 0 ? "" : ","}${name}="${escapeLabel(values[place] ?? "")}"`;
  }
  return text;
}

/** One metric in Prometheus' text format, version 0.0.4. Source: prometheus.io/docs/instrumenting/exposition_formats */
class Exposition {
  #text: string;
  readonly #name: string;
  readonly #labels: readonly string[];

  /** `help` is one line without backslashes. */
  constructor(name: string, type: "counter" | "gauge" | "histogram", help: string, labels: readonly string[]) {
    this.#name = name;
    this.#labels = labels;
    this.#text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  sample(values: LabelValues, value: number): void {
    this.#line("", formatLabels(this.#labels, values), value);
  }

  /** The buckets, cumulative and in seconds, then the sum and the count. */
  histogram(values: LabelValues, histogram: Histogram): void {
    const own = formatLabels(this.#labels, values);
    this.#buckets(own, edges, histogram.countsUpTo(edgeExponents), histogram.count);
    this.#line("_sum", own, histogram.sumNs / 1e9);
    this.#line("_count", own, histogram.count);
  }

  /** The same for whole numbers, with these bounds. */
  magnitudes(values: LabelValues, magnitudes: Magnitudes, upTo: readonly number[]): void {
    const own = formatLabels(this.#labels, values);
    this.#buckets(own, upTo, upToEdges(magnitudes, upTo), magnitudes.count);
    this.#line("_sum", own, magnitudes.sum);
    this.#line("_count", own, magnitudes.count);
  }

  /** Returns the lines added since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  #buckets(own: string, upTo: readonly (number | string)[], counts: readonly number[], count: number): void {
    const begin = `${this.#name}_bucket{${own === "" ? "" : `${own},`}le="`;
    for (const [place, le] of upTo.entries()) this.#text += `${begin}${le}"} ${counts[place] ?? 0}\n`;
    this.#text += `${begin}+Inf"} ${count}\n`;
  }

  #line(suffix: string, labels: string, value: number): void {
    this.#text += `${this.#name}${suffix}${labels === "" ? "" : `{${labels}}`} ${value}\n`;
  }
}
