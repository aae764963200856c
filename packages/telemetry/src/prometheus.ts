import { Breather } from "./breather";
import { Exposition } from "./exposition";
import { catalogue } from "./metrics/catalogue";
import { edgesOf } from "./metrics/edges";
import type { Figures } from "./metrics/figures";
import type { LabelValues, Metric } from "./metrics/metric";

/** Well below what a request may be held up by a scrape. */
const longestMs = 3;
const samplesBetweenPauses = 32;

/** One step per sample: what is costly is writing them, not finding them. */
function stepsOf(metric: Metric, figures: Figures, text: Exposition): (() => void)[] {
  const steps: (() => void)[] = [];
  const add =
    <Value>(write: (values: LabelValues, value: Value) => void) =>
    (values: LabelValues, value: Value): void =>
      void steps.push(() => write(values, value));
  if (metric.type === "histogram") {
    metric.read(
      figures,
      add((values, histogram) => text.histogram(values, histogram)),
    );
  } else if (metric.type === "magnitudes") {
    const edges = edgesOf(metric);
    metric.read(
      figures,
      add((values, magnitudes) => text.magnitudes(values, magnitudes, edges)),
    );
  } else {
    metric.read(
      figures,
      add((values, value) => text.sample(values, value)),
    );
  }
  return steps;
}

/** One process as Prometheus text, in pieces of whole lines. Lets other work run in between. */
export async function* renderPrometheus(figures: Figures): AsyncGenerator<string> {
  const breather = new Breather(longestMs);
  for (const metric of catalogue) {
    const type = metric.type === "magnitudes" ? "histogram" : metric.type;
    const text = new Exposition(metric.name, type, metric.help, metric.labels);
    for (const [place, step] of stepsOf(metric, figures, text).entries()) {
      step();
      if (place % samplesBetweenPauses !== samplesBetweenPauses - 1) continue;
      yield text.take();
      await breather.pause();
    }
    yield text.take();
    await breather.pause();
  }
}
