/** The tag of all cached sessions of a user. */
export const userTag = (userId: string): string => `person:${userId}`;
/** The tag of one cached session. */
export const sessionTag = (sessionId: string): string => `session:${sessionId}`;
