export { cacheOutbox } from "./cache-outbox";
export { cities } from "./cities";
export { countries } from "./countries";
export { imports } from "./imports";
