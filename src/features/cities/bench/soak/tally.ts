import type { VisitResult } from "./make-visit";
import type { Visit } from "./visits";

const mostExamples = 10;

/** The responses. */
export class Tally {
  readonly #statuses = new Map<number, number>();
  /** Clients that disconnected before their response. */
  left = 0;
  /** Unexpected responses, including missing ones. */
  unexpected = 0;
  /** The first of them, each in one line. */
  readonly examples: string[] = [];

  count(visit: Visit, result: VisitResult): void {
    if (typeof result === "number") this.#add(result, 1);
    else if (result === null && visit.leaves !== "never") this.left += 1;
    if (visit.leaves !== "never" && result !== "late") return;
    if (typeof result !== "number" || !visit.expected.includes(result)) {
      this.#wonder(`${visit.method} ${visit.path.slice(0, 120)}: ${result ?? "no response"}`);
    }
  }

  /** A response to bytes without a defined result. */
  countGarbage(status: number): void {
    this.#add(status, 1);
  }

  /** Bulk requests, all of which should return 200. */
  countBulk(requests: number, failures: number): void {
    this.#add(200, requests - failures);
    if (failures > 0) this.#wonder(`${failures} of ${requests} requests in bulk failed`);
  }

  get answers(): number {
    return [...this.#statuses.values()].reduce((sum, count) => sum + count, 0);
  }

  /** By status. */
  get statuses(): [status: number, count: number][] {
    return [...this.#statuses].toSorted(([one], [other]) => one - other);
  }

  #add(status: number, count: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + count);
  }

  #wonder(line: string): void {
    this.unexpected += 1;
    if (this.examples.length < mostExamples) this.examples.push(line);
  }
}
