/** Carried by every cached session of a user. */
export const userTag = (userId: string): string => `person:${userId}`;
/** Carried by one cached session. */
export const sessionTag = (sessionId: string): string => `session:${sessionId}`;
