import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import type { NodeHTTPCreateContextOption } from "@trpc/server/adapters/node-http";
import type { HTTPBaseHandlerOptions } from "@trpc/server/http";
import type { CallAnswers } from "./call-answers";
import type { Exchange } from "./exchange";
import type { Limits } from "./limits";
import type { SharedAnswers } from "./shared-caching";

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
  readonly onAnswered: (exchange: Exchange, path: string) => void;
  readonly callAnswers: CallAnswers;
};

type AnyOptions = TrpcHandlerOptions<AnyTRPCRouter>;

/** The options with all defaults applied, as both ways of responding use them. */
export type HandlerParts = {
  readonly router: AnyTRPCRouter;
  /** In the form that tRPC's adapter takes. */
  readonly basePath: string;
  readonly createContext: AnyOptions["createContext"];
  readonly responseMeta: AnyOptions["responseMeta"];
  readonly allowMethodOverride: boolean;
  readonly allowBatching: boolean;
  readonly limits: Limits;
  readonly onAnswered: CacheHooks["onAnswered"] | undefined;
  readonly callAnswers: CallAnswers | undefined;
  readonly sharedAnswers: SharedAnswers;
  /** Never throws. */
  readonly onError: (failure: Failure) => void;
};
