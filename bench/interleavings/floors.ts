/** By node and key, the least version that a read which begins now may get: what has been promised so far. */
export class Floors {
  readonly #nodes: readonly Map<number, number>[];

  constructor(nodes: number) {
    this.#nodes = Array.from({ length: nodes }, () => new Map<number, number>());
  }

  of(node: number, key: number): number {
    return this.#nodes[node]?.get(key) ?? 1;
  }

  raise(nodes: readonly number[], key: number, version: number): void {
    for (const node of nodes) {
      this.#nodes[node]?.set(key, Math.max(this.of(node, key), version));
    }
  }

  get everybody(): readonly number[] {
    return [...this.#nodes.keys()];
  }
}
