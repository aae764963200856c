/**
 * Remembers what `compute` answered for a key during its `keepMs`, counted from the moment it was asked; those who ask
 * meanwhile share the one computation. A failure is shared by those who wait for it and then forgotten.
 */
export function memoize<Key, Value>(
  compute: (key: Key) => Promise<Value>,
  options: { keyOf: (key: Key) => string; keepMs: (key: Key) => number; now: () => number },
): (key: Key) => Promise<Value> {
  const known = new Map<string, { sinceMs: number; keepMs: number; value: Promise<Value> }>();
  return (key) => {
    const nowMs = options.now();
    for (const [name, { sinceMs, keepMs }] of known) {
      const ageMs = nowMs - sinceMs;
      // A negative age: the clock stepped back.
      if (ageMs < 0 || ageMs >= keepMs) known.delete(name);
    }
    const name = options.keyOf(key);
    const shared = known.get(name);
    if (shared !== undefined) return shared.value;
    const value = compute(key);
    known.set(name, { sinceMs: nowMs, keepMs: options.keepMs(key), value });
    value.catch(() => {
      if (known.get(name)?.value === value) known.delete(name);
    });
    return value;
  };
}
