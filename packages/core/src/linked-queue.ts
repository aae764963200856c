/** An item in a queue. Keep it to remove the item later. */
export type QueueNode<Item> = {
  readonly item: Item;
  /** Null once the item has been removed. */
  queue: LinkedQueue<Item> | null;
  previous: QueueNode<Item> | null;
  next: QueueNode<Item> | null;
};

/**
 * A doubly linked queue: items in the order of insertion, any of which can be removed in constant time.
 *
 * A Set would do, but for its garbage. A Set that items keep passing through is copied every few items, and a discarded
 * copy still refers to its items and to the copy after it. When a copy has lived long enough to be kept for the next full
 * collection, all copies after it are kept with it: collecting garbage took three times as long. Here a removed node
 * refers to nothing.
 */
export class LinkedQueue<Item> {
  size = 0;
  #first: QueueNode<Item> | null = null;
  #last: QueueNode<Item> | null = null;

  first(): QueueNode<Item> | null {
    return this.#first;
  }

  push(item: Item): QueueNode<Item> {
    const node: QueueNode<Item> = { item, queue: this, previous: this.#last, next: null };
    if (this.#last === null) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.size += 1;
    return node;
  }

  /** Returns false when the node is not, or no longer, in this queue. */
  remove(node: QueueNode<Item>): boolean {
    if (node.queue !== this) return false;
    const { previous, next } = node;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    node.queue = node.previous = node.next = null;
    this.size -= 1;
    return true;
  }

  /** A copy: the nodes that are in the queue now. */
  nodes(): QueueNode<Item>[] {
    const nodes: QueueNode<Item>[] = [];
    for (let node = this.#first; node !== null; node = node.next) nodes.push(node);
    return nodes;
  }
}
