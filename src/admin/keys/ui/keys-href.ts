/** The page of keys with the entries whose `group:key` begins with this prefix. */
export const hrefOfPrefix = (prefix: string): string => `/admin/keys?${new URLSearchParams({ prefix }).toString()}`;

/** The page of keys with one key opened. */
export const hrefOfKey = (group: string, key: string): string =>
  `/admin/keys?${new URLSearchParams({ prefix: `${group}:`, key: `${group}:${key}` }).toString()}`;
