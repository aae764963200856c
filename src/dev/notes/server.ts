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
  samples: [
    { procedure: "note.byId", weight: 5, input: (random) => ({ id: 1 + Math.floor(40 * random() ** 2) }) },
    { procedure: "note.search", weight: 3, input: (random) => ({ q: "abcdefgh"[Math.floor(8 * random())] ?? "a" }) },
    { procedure: "note.list", weight: 1, input: () => ({ limit: 20 }) },
    { procedure: "folder.list", weight: 1, input: () => undefined },
  ],
  checks: [
    {
      name: "notes",
      run: async (notes) => `${(await notes.folders()).items.length} folders`,
    },
  ],
});
