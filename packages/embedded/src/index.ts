export { findRedis, type RedisBinary } from "./find-redis";
export { messageOf, ServiceError } from "./service-error";
export {
  readServiceNotes,
  readServicesState,
  type ServiceNote,
  type Services,
  type ServicesState,
  startServices,
  type StartServicesOptions,
  startTemporaryServices,
  type TemporaryServices,
} from "./services";
export type { ServiceTrouble } from "./watch";
