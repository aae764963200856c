import { defineErrors } from "@weir/core/errors";

/** The errors of the notes. */
export const NoteError = defineErrors({
  NOTE_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No note with this ID exists.",
    when: "The ID is well formed, and no row has it. The absence is cached for a short while.",
    fix: "Check the ID.",
  },
  FOLDER_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No folder with this code exists.",
    when: "The code is well formed, and no folder has it.",
    fix: "Take a code from `folder.list`.",
  },
  NOTE_VERSION_CONFLICT: {
    rpcCode: "CONFLICT",
    message: "The note has changed since it was read. Read it again and reapply the change.",
    when: "An update named a version that is no longer the current one. Nothing was written.",
    fix: "Read the note, apply the change to what it is now, send the new version.",
  },
});
