import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import type { NodeHTTPCreateContextOption } from "@trpc/server/adapters/node-http";
import type { HTTPBaseHandlerOptions } from "@trpc/server/http";
import type { RequestScope } from "@weir/core/scope";
import type { CallResponses } from "./encoded/call-responses";
import type { Limits } from "./limits/request-limits";
import type { SharedResponses } from "./meta";

/** One request and its response. */
export type Exchange = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: RequestScope;
  /** `performance.now()` when the head of the request had arrived. */
  readonly startedAt: number;
};

type AdapterOptions<Router extends AnyTRPCRouter> = HTTPBaseHandlerOptions<Router, IncomingMessage>;
type AdapterFailure<Router extends AnyTRPCRouter> = Parameters<NonNullable<AdapterOptions<Router>["onError"]>>[0];

/** A failed call, as tRPC's adapter reports it to `onError`, with the ID of its request. */
export type Failure<Router extends AnyTRPCRouter = AnyTRPCRouter> = AdapterFailure<Router> & { requestId: string };

/**
 * The options of tRPC's standalone adapter, with the same meaning, plus our own. `maxBatchSize` and `maxBodySize` are
 * called `limits.batchLength` and `limits.bodyBytes` here.
 */
export type TrpcHandlerOptions<Router extends AnyTRPCRouter> = Pick<
  AdapterOptions<Router>,
  "router" | "responseMeta" | "allowMethodOverride" | "allowBatching"
> &
  NodeHTTPCreateContextOption<Router, IncomingMessage, ServerResponse> & {
    /** With or without slashes around it. Defaults to `/api/trpc/`. */
    basePath?: string;
    limits?: Partial<Limits>;
    /** Origins whose pages may call. When empty, only pages of the request's own host may. */
    origins?: ReadonlySet<string>;
    /** Exceptions that it throws are ignored: a failure to log never fails a response. */
    onError?: (failure: Failure<Router>) => void;
  };

/** What a cached handler adds to the handler below it. */
export type CacheHooks = {
  /** Called after each successful call outside a batch. */
  readonly onResponse: (exchange: Exchange, path: string) => void;
  readonly callResponses: CallResponses;
};

type AnyOptions = TrpcHandlerOptions<AnyTRPCRouter>;

/** The options with all defaults applied, as both paths use them. */
export type HandlerParts = {
  readonly router: AnyTRPCRouter;
  /** In the form that tRPC's adapter takes. */
  readonly basePath: string;
  readonly createContext: AnyOptions["createContext"];
  readonly responseMeta: AnyOptions["responseMeta"];
  readonly allowMethodOverride: boolean;
  readonly allowBatching: boolean;
  readonly limits: Limits;
  readonly onResponse: CacheHooks["onResponse"] | undefined;
  readonly callResponses: CallResponses | undefined;
  readonly sharedResponses: SharedResponses;
  /** The procedures whose responses no cache may keep, by path. */
  readonly personal: ReadonlySet<string>;
  /** Never throws. */
  readonly onError: (failure: Failure) => void;
};
