const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Largest power of two whose shifts stay exact in 32-bit arithmetic. */
const SMALL = 2 ** 31;

/** Maximum length of a text that is copied character by character. */
const MAX_COPY_LENGTH = 256;

/** Appends numbers and texts to a buffer that grows as needed. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(initialBytes = 1024) {
    this.#bytes = new Uint8Array(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends a non-negative integer as LEB128, seven bits per byte, lowest first; capped at `Number.MAX_SAFE_INTEGER`. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = Math.min(value, Number.MAX_SAFE_INTEGER);
    while (rest >= SMALL) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Appends the length in bytes and the text in UTF-8. */
  text(value: string): void {
    if (value.length <= MAX_COPY_LENGTH && this.#ascii(value)) return;
    const bytes = encoder.encode(value);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Copies a short text character by character, which is faster than encoding it. Writes nothing and returns false if it is not ASCII. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#reserve(8 + length);
    const begin = this.#length;
    this.varint(length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 127) {
        this.#length = begin;
        return false;
      }
      bytes[at] = code;
      at += 1;
    }
    this.#length = at;
    return true;
  }

  /** Appends the bytes without their length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Empties the buffer and keeps its memory. */
  clear(): void {
    this.#length = 0;
  }

  /** What was written; valid until the next write, so copy it to keep it. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + extra));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what a ByteWriter wrote, in the same order. Throws a RangeError when the bytes end too early or are invalid. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Number of unread bytes. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  varint(): number {
    const first = this.#next();
    if (first < 128) return first;
    let value = first & 127;
    let scale = 128;
    for (;;) {
      const byte = this.#next();
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("a number is too large to be exact");
    return value;
  }

  text(): string {
    return decoder.decode(this.raw(this.varint()));
  }

  /** A view of the next bytes, not a copy. */
  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("the bytes end too early");
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  #next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError("the bytes end too early");
    this.#at += 1;
    return byte;
  }
}
