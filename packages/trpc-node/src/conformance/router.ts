import { lazy, tracked, TRPCError } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { z } from "zod";
import { errorCodes, failWith, thrown } from "./failures";
import type { TestInit } from "./init";
import { results } from "./results";

const person = z.strictObject({ name: z.string().min(1).max(50), age: z.int().optional() });

/** One procedure for each name of a table. */
function each<Value>(names: readonly string[], make: (name: string) => Value): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** A router with one of each thing that tRPC allows in a router. */
export function buildRouter({ router, procedure, middleware }: TestInit) {
  const renamed = procedure.input(person).use(({ ctx, input, next }) =>
    next({
      ctx: { ...ctx, user: `${ctx.user} and ${input.name}` },
      input: { ...input, name: input.name.toUpperCase() },
    }),
  );
  const rewrapped = procedure.use(async ({ next }) => {
    const result = await next();
    if (!result.ok) throw new TRPCError({ code: "CONFLICT", message: `rewrapped: ${result.error.message}` });
    return result;
  });
  const handled = middleware(({ next, getRawInput }) => next({ getRawInput: async () => [await getRawInput()] }));

  return router({
    hello: procedure.query(() => "hello"),
    later: procedure.query(async ({ signal }) => {
      await new Promise((resolve) => setImmediate(resolve));
      return { aborted: signal?.aborted, isSignal: signal instanceof AbortSignal };
    }),
    echo: procedure.input(z.unknown()).query(({ input }) => ({ input })),
    greet: procedure.input(person).query(({ input, ctx }) => `hello ${input.name} of ${ctx.user}`),
    greetMaybe: procedure.input(person.optional()).query(({ input }) => `hello ${input?.name ?? "nobody"}`),
    twice: procedure
      .input(z.looseObject({ a: z.number() }))
      .input(z.looseObject({ b: z.number() }))
      .query(({ input }) => input),
    renamed: renamed.query(({ input, ctx }) => ({ input, user: ctx.user })),
    rewrapped: rewrapped.input(person).query(({ input }) => input.name),
    raw: procedure
      .use(handled)
      .input(z.tuple([z.unknown()]))
      .query(({ input }) => input),
    index: procedure.use(({ next, batchIndex }) => next({ ctx: { at: batchIndex } })).query(({ ctx }) => ctx.at),
    options: procedure
      .use(({ next, path, type, meta, signal, ...rest }) =>
        next({ ctx: { seen: [path, type, meta ?? null, typeof signal, Object.keys(rest).toSorted()] } }),
      )
      .query(({ ctx }) => ctx.seen),
    output: procedure.output(z.string()).query(() => "as promised"),
    outputWrong: procedure.output(z.string()).query(() => 1 as unknown as string),
    outputStripped: procedure.output(z.object({ a: z.number() })).query(() => ({ a: 1, secret: 2 })),
    ownShape: procedure
      .errors(({ shape, error }) => ({ ...shape, message: `own: ${error.message}` }))
      .input(person)
      .query(({ input }) => input),
    create: procedure.input(person).mutation(({ input }) => ({ created: input })),
    touch: procedure.mutation(() => "touched"),
    anything: procedure.input(z.unknown()).mutation(({ input }) => ({ input })),
    refuse: procedure.mutation(() => {
      throw failWith("FORBIDDEN");
    }),
    status: procedure.query(({ ctx }) => {
      ctx.res.statusCode = 202;
      return "accepted";
    }),
    statusOfFailure: procedure.query(({ ctx }) => {
      ctx.res.statusCode = 418;
      throw failWith("BAD_REQUEST");
    }),
    headers: procedure.query(({ ctx }) => {
      ctx.res.setHeader("x-own", "kept");
      ctx.res.setHeader("set-cookie", ["a=1", "b=2"]);
      ctx.res.setHeader("cache-control", "max-age=60");
      ctx.res.setHeader("vary", "overwritten");
      return "with headers";
    }),
    answersItself: procedure.query(({ ctx }) => {
      ctx.res.writeHead(299, { "content-length": 9 }).end("by itself");
      return "lost";
    }),
    who: procedure.query(({ ctx }) => [ctx.req.method, ctx.user]),
    throws: router(
      each(Object.keys(thrown), (name) =>
        procedure.query(() => {
          throw thrown[name]?.();
        }),
      ),
    ),
    codes: router(
      each(errorCodes, (code) =>
        procedure.input(z.unknown()).query(() => {
          throw failWith(errorCodes.find((known) => known === code) ?? "NOT_FOUND");
        }),
      ),
    ),
    returns: router(each(Object.keys(results), (name) => procedure.query(() => results[name]?.()))),
    says: procedure.input(z.string()).query(({ input }) => {
      throw new TRPCError({ code: "BAD_REQUEST", message: input });
    }),
    nested: router({ deeper: router({ deepest: procedure.query(() => "found") }) }),
    // A literal would set the prototype instead.
    ["__proto__"]: procedure.query(() => "own __proto__"),
    constructor: procedure.query(() => "own constructor"),
    toString: procedure.query(() => "own toString"),
    hasOwnProperty: router({ name: procedure.query(() => "own name") }),
    "with.dot": procedure.query(() => "with a dot"),
    "with space": procedure.query(() => "with a space"),
    "mit-strich_und": procedure.query(() => "with unreserved characters"),
    "a,b": procedure.query(() => "with a comma"),
    ünïcode: procedure.query(() => "with unicode"),
    "..": procedure.query(() => "never reached: a dot segment"),
    lazy: lazy(async () => router({ inside: procedure.query(() => "loaded"), put: procedure.mutation(() => "put") })),
    ticks: procedure.input(z.object({ lastEventId: z.string().optional() }).optional()).subscription(async function* ({
      input,
    }) {
      const from = Number(input?.lastEventId ?? 0);
      for (let id = from + 1; id <= from + 3; id += 1) yield tracked(String(id), { id });
    }),
    observed: procedure.subscription(() =>
      observable<number>((observer) => {
        observer.next(1);
        observer.complete();
      }),
    ),
    failing: procedure.subscription(async function* () {
      yield 1;
      throw failWith("CONFLICT");
    }),
  });
}

export type TestRouter = ReturnType<typeof buildRouter>;
