/** What JSON turns into something else, each with the way to write it. */
type Changed<Value> = Value extends Date
  ? "JSON turns a Date into a string. Store toISOString()."
  : Value extends bigint
    ? "JSON has no bigint. Store a string."
    : Value extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
      ? "JSON turns a Map or Set into {}. Store an array."
      : Value extends ArrayBufferView | ArrayBuffer
        ? "JSON has no bytes. Store a base64 string."
        : Value extends symbol | ((...args: never[]) => unknown)
          ? "JSON has no functions or symbols."
          : never;

/**
 * `Value` where JSON represents it exactly; elsewhere a text that says what to store instead, which no value of the type
 * satisfies. Optional properties may be undefined.
 */
export type Json<Value> = unknown extends Value
  ? Value
  : Value extends string | number | boolean | null | undefined
    ? Value
    : [Changed<Value>] extends [never]
      ? { [Name in keyof Value]: Json<Value[Name]> }
      : Changed<Value>;
