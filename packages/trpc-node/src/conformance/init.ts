import type { IncomingMessage, ServerResponse } from "node:http";
import { initTRPC } from "@trpc/server";
import { z } from "zod";

export type TestContext = { req: IncomingMessage; res: ServerResponse; user: string };

type Data = { code: string; detail?: string };

/** Keeps tRPC's error shape and adds the arguments of the formatter to it, to compare them. */
export const plain = initTRPC.context<TestContext>().create({
  isDev: false,
  errorFormatter: ({ shape, error, type, path, input, ctx }) => ({
    ...shape,
    data: {
      ...shape.data,
      seen: { type, path: path ?? null, input: input ?? null, user: ctx?.user ?? null },
      cause: error.cause instanceof z.ZodError ? error.cause.issues.map(({ path: at }) => at.join(".")) : null,
    },
  }),
});

/** Wraps every value, so that a missing or a double transformation shows. */
export const boxed = {
  serialize: (value: unknown) => ({ boxed: value ?? null, wasUndefined: value === undefined }),
  deserialize: (value: unknown) => {
    if (typeof value !== "object" || value === null || !("boxed" in value)) throw new Error("This is not a box.");
    return value.boxed;
  },
};

export const transformed = initTRPC.context<TestContext>().create({ isDev: false, transformer: boxed });

export const unformattable = initTRPC.context<TestContext>().create({
  isDev: false,
  errorFormatter: () => {
    throw new Error("The formatter itself failed.");
  },
});

/** Chooses by the message of the error: no `data`, its own status, or a status that no response can have. */
export const odd = initTRPC.context<TestContext>().create({
  isDev: false,
  errorFormatter: ({ shape, error }) => {
    const status = /^status (-?[\d.]+)$/.exec(error.message)?.[1];
    if (status !== undefined) return { ...shape, data: { ...shape.data, httpStatus: Number(status) } };
    if (error.message !== "bare") return shape;
    const { data: _data, ...rest } = shape;
    // The type requires what this formatter leaves out on purpose.
    return rest as typeof shape & { data: Data };
  },
});

export const tilde = initTRPC.context<TestContext>().create({ isDev: false, pathSeparator: "~" });

export type TestInit = Pick<typeof plain, "router" | "procedure" | "middleware">;
