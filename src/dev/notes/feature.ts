import { defineFeature } from "@/server/rpc/feature";
import { NoteError } from "./errors";

/** A small feature without pages, which the platform's tests use instead of a bundled one. */
export const notes = defineFeature({
  name: "notes",
  pages: [],
  errors: NoteError,
  auditEvents: { "note.update": "changed a note" },
  describeSubject: (subject) => {
    const id = /^note:(\d+)$/.exec(subject)?.[1];
    return id === undefined ? null : { text: `note ${id}`, href: null };
  },
});
