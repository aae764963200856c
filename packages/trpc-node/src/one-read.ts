import type { CallCounts } from "@weir/core/scope";

/** What a call asked for that was answered from memory. */
export const oneRead: CallCounts = Object.freeze({ cacheReads: 1, statements: 0, poolWaitMs: 0, sqlMs: 0 });
