import { initTRPC, TRPCError } from "@trpc/server";
import { Redis } from "ioredis";
import postgres from "postgres";
import { z } from "zod";
import { toPage } from "./read-settings.mjs";

/** The compared procedures, as usually written with tRPC, postgres.js and ioredis. */
export function createRouter({ databaseUrl, redisUrl, redisKeyPrefix, poolMax, statements, cities, constant }) {
  const { byId, search, list } = statements;
  const t = initTRPC.create({ isDev: false });
  const sql = postgres(databaseUrl, { max: poolMax, onnotice: () => {} });
  const redis = new Redis(redisUrl);
  const memory = new Map(cities.map((city) => [city.id, city]));
  const prepared = { prepare: true };
  const idInput = z.strictObject({ id: z.int() });

  const found = (city) => {
    if (city === undefined || city === null) throw new TRPCError({ code: "NOT_FOUND" });
    return city;
  };
  return t.router({
    constant: t.procedure.query(() => constant),
    memory: t.procedure.input(idInput).query(({ input }) => found(memory.get(input.id))),
    redis: t.procedure.input(idInput).query(async ({ input }) => {
      return JSON.parse(found(await redis.get(redisKeyPrefix + input.id)));
    }),
    sql: t.procedure.input(idInput).query(async ({ input }) => {
      return found((await sql.unsafe(byId.text, [input.id], prepared))[0]);
    }),
    search: t.procedure
      .input(z.strictObject({ q: z.string(), limit: z.int() }))
      .query(async () => ({ items: await sql.unsafe(search.text, search.parameters, prepared) })),
    list: t.procedure
      .input(z.strictObject({ limit: z.int() }))
      .query(async ({ input }) => toPage(await sql.unsafe(list.text, list.parameters, prepared), input.limit)),
  });
}
