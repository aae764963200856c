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

/** What `onError` hears of a failed call: what tRPC's adapter says, and which request it was. */
export type Failure<Router extends AnyTRPCRouter = AnyTRPCRouter> = AdapterFailure<Router> & { requestId: string };

/**
 * The options of tRPC's standalone adapter, with the same meaning, and our own. `maxBatchSize` and `maxBodySize` are
 * `limits.batchLength` and `limits.bodyBytes` here.
 */
export type TrpcHandlerOptions<Router extends AnyTRPCRouter> = Pick<
  AdapterOptions<Router>,
  "router" | "responseMeta" | "allowMethodOverride" | "allowBatching"
> &
  NodeHTTPCreateContextOption<Router, IncomingMessage, ServerResponse> & {
    /** With or without slashes around it; `/api/trpc/` unless given. */
    basePath?: string;
    limits?: Partial<Limits>;
    /** Origins whose pages may call; empty: only pages of the host that the request names. */
    origins?: ReadonlySet<string>;
    /** Hears of each call that was answered by itself, not in a batch, and without error. */
    onAnswered?: (exchange: Exchange, path: string) => void;
    /**
     * Answers that may be sent again to queries in a batch. Only for routers without a data transformer; not used with
     * `responseMeta`, which wants to see each result.
     */
    callAnswers?: CallAnswers;
    /** What it throws is dropped: an answer does not fail because it could not be logged. */
    onError?: (failure: Failure<Router>) => void;
  };

type AnyOptions = TrpcHandlerOptions<AnyTRPCRouter>;

/** The options as both ways of answering use them, complete. */
export type HandlerParts = {
  readonly router: AnyTRPCRouter;
  /** As the adapter takes it. */
  readonly basePath: string;
  readonly createContext: AnyOptions["createContext"];
  readonly responseMeta: AnyOptions["responseMeta"];
  readonly allowMethodOverride: boolean;
  readonly allowBatching: boolean;
  readonly limits: Limits;
  readonly onAnswered: AnyOptions["onAnswered"];
  readonly callAnswers: CallAnswers | undefined;
  readonly sharedAnswers: SharedAnswers;
  /** Never throws. */
  readonly onError: (failure: Failure) => void;
};
