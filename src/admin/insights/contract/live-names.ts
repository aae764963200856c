/** The procedures of `insights` that a stream can carry. Without schemas, for the pages. */
export const liveNames = [
  "status",
  "overview",
  "series",
  "procedures",
  "statements",
  "groups",
  "tags",
  "redis",
  "pool",
  "nodes",
  "observer",
] as const;
export type LiveName = (typeof liveNames)[number];
