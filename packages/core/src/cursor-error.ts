import { defineErrors } from "./errors";

/** What a keyset cursor is refused with. */
export const CursorError = defineErrors({
  CURSOR_INVALID: {
    rpcCode: "BAD_REQUEST",
    message: "The cursor does not belong to this list and order. Start again without a cursor.",
    when: "A cursor was altered, or comes from another country or order.",
    fix: "Begin again without a cursor; keep the other inputs the same from page to page.",
  },
});
