import { defineFeatureServer, type FeatureTools } from "@/server/rpc/feature-server";
import { importNotes } from "./import";
import { createFolderRouter, createNoteRouter } from "./router";
import { createNoteService } from "./service";

export const server = defineFeatureServer({
  open: (tools: FeatureTools) => {
    const service = createNoteService(tools);
    return { service, routers: { note: createNoteRouter(service), folder: createFolderRouter(service) } };
  },
  access: {
    "note.byId": "everyone",
    "note.byIds": "everyone",
    "note.search": "everyone",
    "note.nearby": "everyone",
    "note.list": "everyone",
    "note.changes": "everyone",
    "note.update": "operator",
    "folder.list": "everyone",
    "folder.stats": "everyone",
  },
  migrations: "src/dev/notes/migrations",
  streams: { "note.changes": { perClient: 20, perNode: 2_000 } },
  start: async ({ database, seeds }) => {
    if (seeds) await importNotes(database);
  },
  checks: [
    {
      name: "notes",
      run: async (notes) => `${(await notes.folders()).items.length} folders`,
    },
  ],
});
