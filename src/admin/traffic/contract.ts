/** A run of sample traffic that the dashboard started. */
export type TrafficStatus = {
  /** False where this node cannot call itself: it listens on another machine's address only, or has no features. */
  isAvailable: boolean;
  /** When the current run ends, ISO 8601; null when none is running on this node. */
  endsAt: string | null;
};
