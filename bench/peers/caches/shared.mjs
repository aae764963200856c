/**
 * @typedef {{ key: number, text?: string, name?: string, padding?: string }} Value `text` in version 1, `name` in
 *   version 2
 * @typedef {{ redisUrl: string, prefix: string, version: number, load: (key: number) => Promise<Value>, loadMany:
 *   (keys: number[]) => Promise<Value[]>, }} RivalOptions
 * @typedef {{ get: (key: number) => Promise<unknown>, getMany?: (keys: number[]) => Promise<unknown[]>, deleteKey:
 *   (key: number) => Promise<unknown>, invalidateTag?: (tag: string) => Promise<unknown>, close: () =>
 *   Promise<unknown>, }} Rival `deleteKey` resolves to a text when it reports a failure
 * @typedef {(options: RivalOptions) => Promise<Rival>} OpenRival
 */

/** @param {string} redisUrl */
export function hostAndPort(redisUrl) {
  const { hostname, port } = new URL(redisUrl);
  return { host: hostname, port: Number(port) };
}

/** Every entry has three tags. @param {number} key */
export const tagsOf = (key) => [`item:${key}`, "all", `half:${key % 2}`];

/** Whether a value has the shape of this version. @param {unknown} value @param {number} version */
export const fits = (value, version) =>
  typeof value === "object" && value !== null && (version === 1 ? "text" : "name") in value;
