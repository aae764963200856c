import type postgres from "postgres";
import type { Rows, Statement } from "./statement";

/** Gives a statement to the session of a client. */
export type Wire = (statement: WireStatement) => void;

/**
 * A statement in the form that a postgres.js session works with, instead of postgres.js' own `Query`: that one is a
 * promise which starts itself a few promises later, and costs about as much as all the rest of a statement on this side
 * of the socket. Each row is kept with the result that it belongs to. The session fills in what is not set here, and
 * calls `resolve` or `reject` once, when the answer is complete.
 */
export class WireStatement {
  readonly strings: [string];
  readonly args: unknown[];
  readonly options: { prepare: boolean; simple: boolean };
  /** "values" makes rows arrays. */
  readonly isRaw: "values" | false;
  readonly tagged = false;
  /** Where the text stands in the program; it is added to the stack of errors. */
  readonly origin = "";
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: unknown) => void;

  constructor(
    { text, parameters, prepare, shape, isSingle }: Statement,
    resolve: (rows: Rows) => void,
    reject: (error: unknown) => void,
  ) {
    this.strings = [text];
    this.args = parameters;
    // Without being told, postgres.js sends a statement without parameters unprepared.
    this.options = { prepare, simple: !prepare && parameters.length === 0 && isSingle !== true };
    this.isRaw = shape === "arrays" && "values";
    this.resolve = resolve;
    this.reject = reject;
  }

  /** `result` is the statement's own, which is empty while rows are handed over one by one. */
  forEachFn(row: postgres.Row, result: Rows): void {
    result.push(row);
  }
}

/** The way into the session of a client with `max: 1`. */
export function wireOf(client: postgres.Sql): Wire {
  // A query that nobody awaits is not sent, and holds what it would be sent with.
  const { handler } = client.unsafe("") as unknown as { handler: Wire };
  return handler;
}
