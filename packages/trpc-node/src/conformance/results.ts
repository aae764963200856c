class Point {
  readonly x = 1;
  get y(): number {
    return 2;
  }
  toJSON(): unknown {
    return { point: [this.x, this.y] };
  }
}

async function* count(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

const circular = (): unknown => {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
};

const deep = (depth: number): unknown => {
  let value: unknown = "the bottom";
  for (let level = 0; level < depth; level += 1) value = { level, value };
  return value;
};

const withMethods = (target: object, ...names: string[]): object =>
  Object.assign(target, Object.fromEntries(names.map((name) => [name, () => undefined])));

/** Values for a procedure to return, by name. */
export const results: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  notANumber: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  empty: () => "",
  text: () => 'quotes " and \\ and \u2028 and \ud800 alone',
  unicode: () => "São Paulo 東京 🏙️",
  date: () => new Date(0),
  brokenDate: () => new Date(Number.NaN),
  bigint: () => 1n,
  nestedBigint: () => ({ fine: 1, broken: [1n] }),
  symbol: () => Symbol("no JSON"),
  function: () => () => "no JSON",
  map: () => new Map([["a", 1]]),
  set: () => new Set([1]),
  bytes: () => new Uint8Array([1, 2, 3]),
  buffer: () => Buffer.from("abc"),
  point: () => new Point(),
  holes: () => [1, undefined, () => 1, Symbol("no JSON"), null],
  emptyObject: () => ({}),
  emptyArray: () => [],
  prototypeNames: () => JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":3}') as unknown,
  withoutPrototype: () => Object.assign(Object.create(null) as object, { a: 1 }),
  circular,
  deep: () => deep(500),
  huge: () => Array.from({ length: 20_000 }, (_, index) => ({ index, text: `row ${index}` })),
  toJsonThrows: () => ({
    toJSON: () => {
      throw new Error("toJSON failed");
    },
  }),
  getterThrows: () => ({
    get broken(): string {
      throw new Error("the getter failed");
    },
  }),
  promiseInside: () => ({ later: Promise.resolve(1) }),
  promiseDeep: () => ({ inner: { later: Promise.resolve(1) } }),
  promiseInArray: () => [Promise.resolve(1)],
  thenableInside: () => ({ later: withMethods({}, "then", "catch") }),
  halfThenable: () => ({ later: withMethods({}, "then") }),
  functionThenable: () => ({ later: withMethods(() => 1, "then", "catch") }),
  iterable: () => count(),
  iterableInside: () => ({ rows: count() }),
  iterableInArray: () => [count()],
  error: () => new Error("returned, not thrown"),
};
