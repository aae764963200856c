type Properties = Record<PropertyKey, unknown>;

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isAsyncIterable = (value: unknown): boolean => isObject(value) && Symbol.asyncIterator in value;

function isPromise(value: unknown): boolean {
  if (!isObject(value) && typeof value !== "function") return false;
  // Functions have properties as objects do.
  const { then, catch: rescue } = value as Properties;
  return typeof then === "function" && typeof rescue === "function";
}

/** True for what only a stream can carry: an async iterable, or an object that holds one, or a promise. */
export function isDataStream(data: unknown): boolean {
  if (!isObject(data)) return false;
  if (isAsyncIterable(data)) return true;
  for (const value of Object.values(data)) {
    // Most values are plain, and this runs for every answer.
    if ((typeof value === "object" || typeof value === "function") && (isPromise(value) || isAsyncIterable(value))) {
      return true;
    }
  }
  return false;
}
