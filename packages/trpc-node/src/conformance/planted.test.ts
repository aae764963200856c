import type { AnyTRPCRouter } from "@trpc/server";
import { expect, test } from "vitest";
import { plain } from "./init";
import { createTestContext, type SideOptions, startPair } from "./pair";
import { buildRouter } from "./router";
import { shortCases } from "./short-cases";

const usual = (): SideOptions => ({ router: buildRouter(plain), createContext: createTestContext });

/** A router with a single difference. */
function router(change: { config?: object; procedures?: object }): AnyTRPCRouter {
  const built = buildRouter(plain);
  const config = { ...built._def._config, ...change.config };
  // Without a prototype, as tRPC makes it.
  const procedures = Object.assign(Object.create(null) as object, built._def.procedures, change.procedures);
  return { ...built, _def: { ...built._def, _config: config, procedures } } as AnyTRPCRouter;
}

const planted: Record<string, () => SideOptions> = {
  "another body": () => ({
    ...usual(),
    router: router({ procedures: { hello: plain.procedure.query(() => "Hello") } }),
  }),
  "an error formatter that is not called": () => ({
    ...usual(),
    router: router({ config: { errorFormatter: ({ shape }: { shape: unknown }) => shape } }),
  }),
  "a transformer that is left out": () => ({
    ...usual(),
    router: router({
      config: { transformer: { input: plain._config.transformer.input, output: { serialize: () => null } } },
    }),
  }),
  "a status of its own": () => ({ ...usual(), responseMeta: () => ({ status: 201 }) }),
  "an additional header": () => ({ ...usual(), responseMeta: () => ({ headers: { "x-more": "1" } }) }),
  "a context that fails": () => ({
    ...usual(),
    createContext: () => {
      throw new Error("no context");
    },
  }),
  "another user passed to onError": () => ({
    ...usual(),
    createContext: ({ req, res }) => ({ req, res, user: "somebody else" }),
  }),
};

test.each(Object.entries(planted))("%s is found by the comparison", async (_name, makeOurs) => {
  await using pair = await startPair(usual, makeOurs);
  let found = 0;
  for (const [, request] of shortCases.slice(0, 60)) {
    const { ours, theirs } = await pair.ask(request);
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) found += 1;
  }
  expect(found).toBeGreaterThan(0);
});
