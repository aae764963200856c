import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import {
  createWeirClient as createClient,
  isWeirError as isClientError,
  type WeirClient as Client,
  type WeirClientError as ClientError,
  type WeirClientOptions,
} from "@weir/client";
import type { ErrorCode } from "@/server/rpc/error-codes";
import type { AppRouter } from "@/server/rpc/root";

export type {
  ClientErrorCode,
  Credentials,
  SignedIn,
  WeirClientOptions,
  WeirErrorCode,
  WeirErrorData,
} from "@weir/client";
export type { ErrorCode } from "@/server/rpc/error-codes";
export type { AppRouter } from "@/server/rpc/root";

/** The input of each procedure: `WeirInputs["order"]["search"]`. */
export type WeirInputs = inferRouterInputs<AppRouter>;
/** The output of each procedure: `WeirOutputs["order"]["byId"]`. */
export type WeirOutputs = inferRouterOutputs<AppRouter>;

/** Every procedure of this application by its path, and the session of this client. */
export type WeirClient = Client<AppRouter>;
/** What every call of the client rejects with; `weirCode` is one of this application's codes. */
export type WeirClientError = ClientError<ErrorCode>;

/** The typed client of this application: `createWeirClient` of @weir/client with the application's router. */
export const createWeirClient = (options: WeirClientOptions = {}): WeirClient => createClient<AppRouter>(options);

/** True for what a call of this client failed with; narrows to its codes and what else is known. */
export const isWeirError = (error: unknown): error is WeirClientError => isClientError(error);
