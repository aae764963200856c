import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestScope } from "@weir/core/scope";

/** One request and its answer. */
export type Exchange = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: RequestScope;
  /** `performance.now()` when the head of the request was there. */
  readonly startedAt: number;
};
