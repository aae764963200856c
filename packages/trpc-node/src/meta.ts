/** How long caches that many clients share may answer with what a procedure said, without asking again. */
export type SharedCaching = {
  freshSeconds: number;
  /** After that, while they revalidate. Browsers honour this too. */
  staleSeconds?: number;
};

/** What the handler knows of a procedure without calling it: the part of a router's `meta` that it reads. */
export type HandlerMeta = {
  /** The lowest role that may call it; absent when it is open to everyone. */
  role?: string;
  /** Opt-in, and outside rule C1: no invalidation reaches a cache that is not ours. Absent: `no-cache`. */
  shared?: SharedCaching;
};
