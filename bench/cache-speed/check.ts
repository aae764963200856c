/** What was counted, not timed: it is so or not. */
export type Check = { name: string; held: boolean; detail: string };
