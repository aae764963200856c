/** Kinds of which there is one series, by its name. */
export const onlySeries = { pool: "database", process: "process", observer: "observer" } as const;
