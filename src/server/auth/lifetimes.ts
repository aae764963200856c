export type SessionLifetimes = {
  /** A session that is not used for so long has ended. */
  idleSeconds: number;
  /** No session lives longer, however much it is used. */
  absoluteSeconds: number;
};

const day = 86_400;

export const sessionLifetimes: SessionLifetimes = { idleSeconds: day, absoluteSeconds: 14 * day };
