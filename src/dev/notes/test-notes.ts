import { createDatabase } from "@weir/postgres";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { migrateAll } from "@/server/migrations";
import type { RouterOf } from "@/server/rpc/root";
import { importNotes } from "./import";
import { server } from "./server";

/** The feature that the platform is tested with, in place of the bundled features. */
export const notesFeatures = { notes: server };
export type NotesFeatures = typeof notesFeatures;
export type NotesRouter = RouterOf<NotesFeatures>;

/** Notes that tests read. No note has an ID below 1001. */
export const noteIds = { saoPaulo: 1_001, brulee: 1_002, roses: 1_003, quixote: 1_004, dvorak: 1_005, minutes: 1_006 };

/** Creates a migrated database with the notes, as a copy of a template that is filled once per test run. */
export function createNotesDatabase(): Promise<TestDatabase> {
  return createTestDatabase({
    template: {
      name: "weir_with_notes",
      fill: async (url) => {
        await migrateAll(url, notesFeatures);
        const database = createDatabase({ url });
        try {
          await importNotes(database);
        } finally {
          await database.close();
        }
      },
    },
  });
}
