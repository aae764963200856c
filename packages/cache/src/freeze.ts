/** Freezes a value that came from JSON, all the way down, and returns it: what is shared must not change. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) freezeInside(value);
  return value;
}

function freezeInside(value: object): void {
  if (Array.isArray(value)) {
    for (const inner of value) if (typeof inner === "object" && inner !== null) freezeInside(inner);
  } else {
    // What came from JSON has names and plain values, and inherits nothing that can be enumerated.
    const named = value as Readonly<Record<string, unknown>>;
    for (const name in named) {
      const inner = named[name];
      if (typeof inner === "object" && inner !== null) freezeInside(inner);
    }
  }
  Object.freeze(value);
}
