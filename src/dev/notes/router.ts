import { operatorProcedure, publicProcedure, router } from "@/server/rpc/procedures";
import { openStream } from "@/server/rpc/stream";
import { fromEntry } from "@weir/trpc-node";
import {
  folderStatsInput,
  noteByIdInput,
  noteByIdsInput,
  noteChangesInput,
  noteListInput,
  noteNearbyInput,
  noteSearchInput,
  noteUpdateInput,
} from "./contract";
import { NoteError } from "./errors";
import type { NoteService } from "./service";

const noteNotFound = (): Error => new NoteError("NOTE_NOT_FOUND");
const folderNotFound = (): Error => new NoteError("FOLDER_NOT_FOUND");

/** `note.*`. */
export function createNoteRouter(notes: NoteService) {
  return router({
    byId: publicProcedure
      .input(noteByIdInput)
      .query(({ input: { id } }) => fromEntry(notes.entries.byId(id), () => notes.byId(id), noteNotFound)),
    byIds: publicProcedure.input(noteByIdsInput).query(({ input }) => notes.byIds(input.ids)),
    search: publicProcedure
      .input(noteSearchInput)
      .query(({ input }) => fromEntry(notes.entries.search(input), () => notes.search(input))),
    nearby: publicProcedure
      .input(noteNearbyInput)
      .query(({ input }) => fromEntry(notes.entries.nearby(input), () => notes.nearby(input))),
    list: publicProcedure
      .input(noteListInput)
      .query(({ input }) => fromEntry(notes.entries.list(input), () => notes.list(input))),
    changes: publicProcedure.input(noteChangesInput).subscription(({ ctx, input, signal }) =>
      openStream({
        kind: "note.changes",
        ctx,
        left: signal,
        events: (until) => notes.changes(input, until),
      }),
    ),
    update: operatorProcedure.input(noteUpdateInput).mutation(({ ctx, input }) => notes.update(input, ctx.actor)),
  });
}

/** `folder.*`. */
export function createFolderRouter(notes: NoteService) {
  return router({
    list: publicProcedure.query(() => fromEntry(notes.entries.folders(), () => notes.folders())),
    stats: publicProcedure
      .input(folderStatsInput)
      .query(({ input: { code } }) => fromEntry(notes.entries.stats(code), () => notes.stats(code), folderNotFound)),
  });
}
