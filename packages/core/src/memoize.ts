/**
 * Remembers what `compute` answered for a key during its `keepMs`, counted from the moment it was asked; those who ask
 * meanwhile share the one computation, also one that takes longer than that. A failure is shared by those who wait for it and then forgotten.
 */
export function memoize<Key, Value>(
  compute: (key: Key) => Promise<Value>,
  options: { keyOf: (key: Key) => string; keepMs: (key: Key) => number; now: () => number },
): (key: Key) => Promise<Value> {
  const known = new Map<string, { sinceMs: number; keepMs: number; isUnderWay: boolean; value: Promise<Value> }>();
  return (key) => {
    const nowMs = options.now();
    for (const [name, { sinceMs, keepMs, isUnderWay }] of known) {
      const ageMs = nowMs - sinceMs;
      // A negative age: the clock stepped back.
      if (!isUnderWay && (ageMs < 0 || ageMs >= keepMs)) known.delete(name);
    }
    const name = options.keyOf(key);
    const shared = known.get(name);
    if (shared !== undefined) return shared.value;
    const value = compute(key);
    const entry = { sinceMs: nowMs, keepMs: options.keepMs(key), isUnderWay: true, value };
    known.set(name, entry);
    value.then(
      () => {
        entry.isUnderWay = false;
      },
      () => {
        if (known.get(name) === entry) known.delete(name);
      },
    );
    return value;
  };
}
