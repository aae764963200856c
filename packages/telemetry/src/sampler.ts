/** More samples than this in one turn make the next ones rarer, and fewer than this make them more frequent. */
const mostSamples = 200;
const leastSamples = 50;
const coarsestStep = 4_096;

/** Draws about one in `step`, at random distances, so that the cost is bounded whatever the traffic; all where there is little. */
export class Sampler {
  readonly #random: () => number;
  #step = 1;
  #left = 1;
  #samples = 0;

  /** `random`: from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** How many events this one stands for; 0 when it is left out. */
  draw(): number {
    this.#left -= 1;
    if (this.#left > 0) return 0;
    const weight = this.#step;
    // From 1 to 2·step − 1, so `step` on average: a fixed distance would miss what comes in step with it.
    this.#left = weight === 1 ? 1 : 1 + Math.floor(this.#random() * (2 * weight - 1));
    this.#samples += 1;
    if (this.#samples >= mostSamples) this.#take(Math.min(2 * weight, coarsestStep));
    return weight;
  }

  /** Call about once a second. */
  turn(): void {
    if (this.#samples < leastSamples) this.#take(Math.max(1, this.#step >> 1));
    this.#samples = 0;
  }

  #take(step: number): void {
    this.#step = step;
    this.#samples = 0;
    this.#left = Math.min(this.#left, 2 * step - 1);
  }
}
