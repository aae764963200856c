import { initTRPC, TRPCError } from "@trpc/server";
import type { Cache } from "@weir/cache";
import { type Db, prepared, type Tx } from "@weir/postgres";
import { formatError, fromEntry, type HandlerMeta, observeCall } from "@weir/trpc-node";
import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import { notes } from "./schema";

const t = initTRPC.meta<HandlerMeta>().create({ errorFormatter: formatError });
const procedure = t.procedure.use((call) => observeCall(null, call, call.next));
const noteNotFound = () => new TRPCError({ code: "NOT_FOUND", message: "No note with this ID exists." });

export function createAppRouter(db: Db, cache: Cache<Db, Tx>) {
  const selectNote = prepared(db, "notes.byId", (on) =>
    on
      .select()
      .from(notes)
      .where(eq(notes.id, sql.placeholder("id"))),
  );
  const noteById = cache.define({
    name: "note.byId",
    version: 1,
    key: (id: number) => String(id),
    tags: (id) => [`note:${id}`],
    freshFor: "5m",
    negativeFor: "10s",
    load: async (id: number) => (await selectNote.execute({ id }))[0] ?? null,
  });
  const readNote = async (id: number) => {
    const note = await noteById.get(id);
    if (note === null) throw noteNotFound();
    return note;
  };

  return t.router({
    note: t.router({
      byId: procedure
        .input(z.object({ id: z.int() }))
        .query(({ input: { id } }) => fromEntry(noteById.entry(id), () => readNote(id), noteNotFound)),
      update: procedure.input(z.object({ id: z.int(), text: z.string().max(500) })).mutation(async ({ input }) => {
        const { id, text } = input;
        await cache.mutate(db, async (tx, touched) => {
          await tx.update(notes).set({ text }).where(eq(notes.id, id));
          touched.tags(`note:${id}`);
        });
        return { id };
      }),
    }),
  });
}
export type AppRouter = ReturnType<typeof createAppRouter>;
