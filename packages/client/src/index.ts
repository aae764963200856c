export { createWeirClient, type Credentials, type SignedIn, type WeirClient, type WeirSession } from "./create-client";
export { type ClientErrorCode, isWeirError, WeirClientError, type WeirErrorCode, type WeirErrorData } from "./error";
export type { WeirClientOptions } from "./options";
