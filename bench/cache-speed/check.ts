/** A counted result, which either holds or not. */
export type Check = { name: string; held: boolean; detail: string };
