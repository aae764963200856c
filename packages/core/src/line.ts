/** A place in a line. */
export type Place<Item> = {
  readonly item: Item;
  /** Null once the item has left. */
  line: Line<Item> | null;
  before: Place<Item> | null;
  behind: Place<Item> | null;
};

/**
 * Items in the order in which they came; any of them may leave at any time.
 *
 * A Set would do, but for its garbage. One that items keep passing through is copied every few items, and a discarded
 * copy still refers to its items and to the copy after it. When a copy has lived long enough to be kept for the next full
 * collection, all that came after it are kept with it: collecting garbage took three times as long. Here whatever has
 * left refers to nothing.
 */
export class Line<Item> {
  size = 0;
  #first: Place<Item> | null = null;
  #last: Place<Item> | null = null;

  first(): Place<Item> | null {
    return this.#first;
  }

  join(item: Item): Place<Item> {
    const place: Place<Item> = { item, line: this, before: this.#last, behind: null };
    if (this.#last === null) this.#first = place;
    else this.#last.behind = place;
    this.#last = place;
    this.size += 1;
    return place;
  }

  /** False when it is not, or no longer, a place in this line. */
  leave(place: Place<Item>): boolean {
    if (place.line !== this) return false;
    const { before, behind } = place;
    if (before === null) this.#first = behind;
    else before.behind = behind;
    if (behind === null) this.#last = before;
    else behind.before = before;
    place.line = place.before = place.behind = null;
    this.size -= 1;
    return true;
  }

  /** Those that are taken now. */
  places(): Place<Item>[] {
    const places: Place<Item>[] = [];
    for (let place = this.#first; place !== null; place = place.behind) places.push(place);
    return places;
  }
}
