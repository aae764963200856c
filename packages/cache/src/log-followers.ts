/** A place in the log of invalidations. Epochs of one incarnation are contiguous; those of two cannot be compared. */
export type LogPosition = { readonly incarnation: string; readonly epoch: number };

/** One entry of the log. Tags are as they were written; keys and groups read `key:group:…` and `group:…`. */
export type LogEntry = LogPosition & { readonly all: boolean; readonly tags: readonly string[] };

export type LogFollower = {
  /** Each entry once, in the order of the log, this node's own among them; reads on this node see what it invalidated. */
  entered: (entry: LogEntry) => void;
  /** The node begins here, at the start or after it had missed entries. */
  began: (position: LogPosition) => void;
};

export type LogFollowers = {
  readonly publish: LogFollower;
  /** Tells where the log stands now, if it has been read, and all that comes. Returns the function that ends it. */
  follow: (follower: LogFollower) => () => void;
};

/** Who hears the log beside the cache itself. A follower that throws is left alone: invalidating goes on. */
export function createLogFollowers(position: () => LogPosition | null): LogFollowers {
  const followers = new Set<LogFollower>();
  const tell = (work: (follower: LogFollower) => void): void => {
    for (const follower of followers) {
      try {
        work(follower);
      } catch {
        // A follower's defect must not keep the fence from what comes next.
      }
    }
  };
  return {
    publish: {
      entered: (entry) => tell((follower) => follower.entered(entry)),
      began: (at) => tell((follower) => follower.began(at)),
    },
    follow: (follower) => {
      followers.add(follower);
      const now = position();
      if (now !== null) follower.began(now);
      return () => void followers.delete(follower);
    },
  };
}
