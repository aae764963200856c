import { type AnyTRPCRouter, TRPCError } from "@trpc/server";

type Config = AnyTRPCRouter["_def"]["_config"];

const isRecord = (value: unknown): value is Record<number, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The inputs of one request, parsed when the first procedure asks for its own: a procedure without an input accepts any.
 * What cannot be parsed is a BAD_REQUEST for every call that asks.
 */
export class Inputs {
  readonly #text: string | null;
  /** How many calls the batch has; null when it is none. */
  readonly #batchLength: number | null;
  readonly #config: Config;
  #read: { values: Record<number, unknown> } | { error: TRPCError } | null = null;

  constructor(text: string | null, batchLength: number | null, config: Config) {
    this.#text = text;
    this.#batchLength = batchLength;
    this.#config = config;
  }

  /** The input of the call at `index`, as the transformer gives it. Throws a BAD_REQUEST. */
  at(index: number): unknown {
    this.#read ??= this.#parse();
    if ("error" in this.#read) throw this.#read.error;
    return this.#read.values[index];
  }

  /** Parses now. False when that fails, which every call that asks for its input will hear. */
  areReadable(): boolean {
    this.#read ??= this.#parse();
    return "values" in this.#read;
  }

  /** The same, but undefined when nobody has asked yet or it cannot be parsed. */
  peek(index: number): unknown {
    return this.#read !== null && "values" in this.#read ? this.#read.values[index] : undefined;
  }

  #parse(): { values: Record<number, unknown> } | { error: TRPCError } {
    try {
      return { values: this.#values() };
    } catch (cause) {
      if (cause instanceof TRPCError) return { error: cause };
      const message = cause instanceof Error ? cause.message : "Invalid input";
      return { error: new TRPCError({ code: "BAD_REQUEST", message, cause }) };
    }
  }

  #values(): Record<number, unknown> {
    const transformer = this.#config.transformer.input;
    if (this.#text === null || this.#text === "") return {};
    const parsed: unknown = JSON.parse(this.#text);
    if (this.#batchLength === null) return { 0: transformer.deserialize(parsed) };
    if (!isRecord(parsed)) {
      throw new TRPCError({ code: "BAD_REQUEST", message: '"input" needs to be an object when doing a batch call' });
    }
    const values: Record<number, unknown> = {};
    for (let index = 0; index < this.#batchLength; index += 1) {
      const input = parsed[index];
      if (input !== undefined) values[index] = transformer.deserialize(input);
    }
    return values;
  }
}
