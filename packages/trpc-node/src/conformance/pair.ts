import type { AnyTRPCRouter, TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import type { TrpcHandlerOptions } from "../handler-options";
import { createTrpcHandler } from "../trpc-handler";
import { openServer } from "./open-server";
import { type RawAnswer, type RawRequest, send } from "./raw-http";

export type SeenFailure = { code: string; message: string; path: unknown; type: string; input: unknown; user: unknown };

/** One side's response to a request: everything that must be the same on both sides. */
export type Seen = { status: number; headers: string[]; body: string; failures: SeenFailure[] };

export type Compared = {
  ours: Seen;
  theirs: Seen;
  /** True when our response took the short path. */
  isShort: boolean;
};

export type Pair = {
  ask: (request: RawRequest) => Promise<Compared>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

export type SideOptions = Omit<TrpcHandlerOptions<AnyTRPCRouter>, "onError">;

/** The context of every test router. */
export const createTestContext: SideOptions["createContext"] = ({ req, res }) => ({ req, res, user: "somebody" });

/** Headers that are not compared: framing, time, and the trace of a failure. */
const unlike = new Set([
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "server-timing",
  "x-trace-id",
]);

function readUser(ctx: unknown): unknown {
  return typeof ctx === "object" && ctx !== null && "user" in ctx ? ctx.user : null;
}

type FailureGiven = { error: TRPCError; path?: unknown; type: string; input: unknown; ctx?: unknown };

const toSeenFailure = ({ error, path, type, input, ctx }: FailureGiven): SeenFailure => ({
  code: error.code,
  message: error.message,
  path,
  type,
  input,
  user: readUser(ctx),
});

function toSeen({ status, headers, body }: RawAnswer, failures: SeenFailure[], ownCacheControl: boolean): Seen {
  const kept = headers.filter(([name]) => !unlike.has(name) && (ownCacheControl || name !== "cache-control"));
  return {
    status,
    headers: kept.map(([name, value]) => `${name}: ${value}`).toSorted(),
    body: body.toString("latin1"),
    failures,
  };
}

/**
 * Our handler and tRPC's standalone adapter, each with its own server and router. `ask` sends both the same bytes, one
 * request at a time. Different options for our side plant a deviation for the comparison to find.
 */
export async function startPair(make: () => SideOptions, makeOurs = make): Promise<Pair> {
  let failures: SeenFailure[] = [];
  const onError = (failure: FailureGiven): void => void failures.push(toSeenFailure(failure));
  const { limits: _limits, origins: _origins, ...theirOptions } = make();
  const ourHandler = createTrpcHandler({ ...makeOurs(), onError });
  const ours = await openServer((req, res) => ourHandler(req, res));
  const theirs = await openServer(createHTTPHandler({ basePath: "/api/trpc/", ...theirOptions, onError }));

  async function askOne(port: number, request: RawRequest): Promise<{ answer: RawAnswer; failures: SeenFailure[] }> {
    failures = [];
    const answer = await send(port, request);
    return { answer, failures };
  }

  return {
    ask: async (request) => {
      const they = await askOne(theirs.port, request);
      const we = await askOne(ours.port, request);
      // We send `no-cache` where the adapter sends none.
      const ownCacheControl = they.answer.headers.some(([name]) => name === "cache-control");
      return {
        ours: toSeen(we.answer, we.failures, ownCacheControl),
        theirs: toSeen(they.answer, they.failures, ownCacheControl),
        isShort:
          we.answer.headers.some(([name]) => name === "content-length") &&
          !we.answer.headers.some(([name]) => name === "transfer-encoding"),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([ours[Symbol.asyncDispose](), theirs[Symbol.asyncDispose]()]);
    },
  };
}
