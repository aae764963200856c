/** Types that JSON changes, each with the type to store instead. */
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
 * `Value` if JSON represents it exactly; otherwise a string type that says what to store instead, which no value
 * satisfies. Optional properties may be undefined.
 */
export type Json<Value> = unknown extends Value
  ? Value
  : Value extends string | number | boolean | null | undefined
    ? Value
    : [Changed<Value>] extends [never]
      ? { [Name in keyof Value]: Json<Value[Name]> }
      : Changed<Value>;
